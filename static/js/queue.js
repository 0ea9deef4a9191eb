/* What waits on this device (store.js): kept for the form of its folder (upload.js), listed for all others, discarded on
   wish. Only photos on phones and tablets are kept: elsewhere several people use one browser. */
(() => {
  "use strict";
  const portal = (window.portal = window.portal || {});
  const box = document.querySelector("[data-photo-queue]");
  if (!box || !window.indexedDB || !window.crypto?.subtle || !navigator.locks || !navigator.serviceWorker) return;

  const words = box.dataset, list = box.querySelector("ul"), title = box.querySelector("[data-title]");
  const store = portal.store({ who: words.who, half: words.half, days: Number(words.days) });
  const form = document.querySelector("form[data-folder]");
  const here = form?.dataset.folder, touch = matchMedia("(pointer: coarse)").matches;
  const news = new BroadcastChannel("portal-photos"), received = new Set();

  const headOf = (item) => ({
    name: item.name,
    size: item.size,
    type: item.file.type,
    modified: item.file.lastModified,
    answers: item.answers || null,
    url: item.url || "",
    photos: item.photos || null,
    uploads: form.dataset.uploads,
    page: location.pathname,
  });

  /* Remove photos, and let other pages know why: what was taken away there is not sent from here. */
  const drop = async (ids, sent = false) => {
    await store.drop(...ids);
    news.postMessage({ gone: ids, received: sent });
  };

  const row = (head) => {
    const line = portal.make("li", "doc-row"), text = portal.make("span", "doc-text"), acts = portal.make("span", "doc-acts");
    text.append(portal.make("span", "", head.name), portal.make("span", "", portal.sizeOf(head.size)));
    if (head.said) text.append(portal.make("span", "error-text", head.said));
    const link = portal.make("a", "", words.open);
    link.href = head.page;
    acts.append(link, portal.rowButton(words.discard, head.name, async () => { await drop([head.id]); draw(); title.focus(); }));
    line.append(text, acts);
    return line;
  };

  /* The form of a folder shows its own. */
  const draw = async () => {
    const all = await store.list();
    title.textContent = (all.length === 1 ? words.one : words.many).replace("{n}", all.length);
    list.replaceChildren(...all.filter(({ folder }) => folder !== here).map(row));
    box.hidden = !all.length && !words.expired;
    box.querySelector("[data-discard-all]").hidden = !all.length;
  };

  box.querySelector("[data-discard-all] button").addEventListener("click", async () => {
    const ids = (await store.list()).map(({ id }) => id);
    await drop(ids);
    portal.queue.discarded?.(ids);
    await draw();
    (form?.querySelector("input[type=file]") || document.getElementById("main")).focus();
  });

  const retry = async () => {
    try {
      const registration = await navigator.serviceWorker.ready;
      await registration.sync.register("photos");
    } catch { /* This browser sends them when a page of the portal is opened. */ }
  };

  portal.queue = {
    /* Keep a photo, in place of others. Whether there is room is said at its row. */
    async keep(item, instead = []) {
      if (!touch) return;
      try {
        item.kept = await store.keep(here, headOf(item), item.file, item.place, instead);
      } catch {
        item.homeless = true;
        await store.drop(...instead).catch(() => {});
      }
      // Removed or taken again meanwhile.
      if (item.gone) await this.forget(item);
      draw();
    },
    /* Like whatever else is asked of the device: where it fails, the page still sends. */
    note: (item) => item.kept && store.change(item.kept, headOf(item)).catch(() => {}),
    async forget(item, sent = false) {
      const { kept } = item;
      item.kept = null;
      if (kept) await drop([kept], sent).catch(() => {});
      draw();
    },
    /* What has come to its end waits no longer. */
    settle(item, state) {
      return ["received", "refused"].includes(state) ? this.forget(item, state === "received") : this.note(item);
    },
    /* Whether the worker or another page has sent it. What the device lost goes from the page, and is noticed if it is there already. */
    async wasSent(item) {
      const all = await store.list().catch(() => null);
      if (!all || all.some(({ id }) => id === item.kept)) return false;
      const sent = received.has(item.kept);
      item.kept = null;
      return sent;
    },
    async ofThisForm() {
      const found = (await store.list()).filter(({ folder }) => folder === here);
      for (const head of found) {
        const blob = await store.file(head.id);
        head.file = blob && new File([blob], head.name, { type: head.type, lastModified: head.modified });
      }
      return found.filter(({ file }) => file);
    },
    retry,
    /* One sender at a time: a page, or the worker. */
    alone: (work) => navigator.locks.request("portal-photos", work),
  };

  /* What is another person's goes first of all, and what has waited too long. */
  portal.queue.ready = (async () => {
    const old = await store.tidy();
    if (old) {
      words.expired = "1";
      box.querySelector("[data-expired]").hidden = false;
    }
    await draw();
    if (touch) await navigator.serviceWorker.register(words.worker, { scope: "/" });
  })().catch(() => {});
  news.addEventListener("message", ({ data: { gone = [], received: sent } }) => {
    if (sent) gone.forEach((id) => received.add(id));
    else portal.queue.discarded?.(gone);
    draw();
  });
})();
