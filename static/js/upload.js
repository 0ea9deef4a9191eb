/* The files of a form, sent one after the other (tus.js), a row for each (row.js): progress, cancel, the reason when
   one is refused, a pause while the connection is lost, and the receipt. What was on its way when the page was left stands
   in the page: the same file, chosen again, goes on there. Photos wait on a phone (queue.js). Without it the form
   posts all at once. */
(() => {
  "use strict";
  const portal = window.portal, waiting = portal.queue;

  const enhance = (form) => {
    const words = form.dataset, folder = words.upload;
    const [input, camera] = form.querySelectorAll("input[type=file]");
    const drop = form.querySelector("[data-drop]"), rows = form.querySelector("[data-rows]"), status = form.querySelector("[data-status]");
    const combine = form.querySelector("[data-combine]"), combined = combine.querySelector("input");
    const submit = form.querySelector("button[type=submit]"), token = form.querySelector("[name=csrfmiddlewaretoken]");
    const { answers, complain, classChosen } = portal.formSays(form);
    let queue = [], busy = false, retaken = null, looking = Promise.resolve(), place = 0;

    const photosAtRest = () => queue.filter((item) => item.photo && item.state === "waiting");

    /* Acts of a row. */
    const acts = {
      again: (item, given) => { item.answers = { ...item.answers, ...given }; show(item, "ready"); run(); },
      remove: (item) => remove(item),
      // Whatever is chosen otherwise takes nothing's place.
      retake: (item) => { camera.click(); retaken = item; },
      retry: (item) => { if (item.answers || item.url || classChosen()) { prepare(item, answers()); run(); } },
      up: (item) => {
        const before = photosAtRest()[photosAtRest().indexOf(item) - 1];
        queue = queue.filter((other) => other !== item);
        queue.splice(queue.indexOf(before), 0, item);
        before.row.before(item.row);
        offer();
        item.row.querySelector("button").focus();
      },
    };

    const show = (item, state = item.state, message = "") => {
      item.state = state;
      item.mayRetake = item.photo && !camera.parentElement.hidden;
      item.mayGoUp = combined.checked && photosAtRest().indexOf(item) > 0;
      portal.drawRow(item, words, message, acts);
    };

    /* Photos become one PDF where there are several. */
    const offer = () => {
      combine.hidden = photosAtRest().length < 2;
      photosAtRest().forEach((item) => show(item));
    };

    const leave = (item) => {
      queue = queue.filter((other) => other !== item);
      item.row.remove();
      offer();
    };

    const discarded = (item) => {
      item.gone = true;
      leave(item);
      item.request?.abort();
      item.wake?.();
    };

    const remove = (item) => {
      const next = item.row.nextElementSibling || item.row.previousElementSibling;
      discarded(item);
      waiting?.forget(item);
      if (item.url) portal.cancelUpload(item, token.value);
      (next?.querySelector("button") || input).focus();
    };

    /* A photo is kept on a phone, then looked at: one after the other, for a phone has little memory. */
    const take = (item, keep = true) => {
      if (!item.photo) return;
      looking = looking.then(async () => {
        if (keep) await waiting?.keep(item);
        Object.assign(item, await portal.lookAtPhoto(item.file));
        if (!item.gone && item.state === "waiting") show(item);
      }).catch(() => {});
    };

    const enter = (item, before = null) => {
      Object.assign(item, { offset: 0, row: portal.make("li"), photo: !item.photos && portal.isPhoto(item.file), place: (place += 1) });
      const at = queue.findIndex(({ row }) => row === before);
      queue.splice(at < 0 ? queue.length : at, 0, item);
      rows.insertBefore(item.row, before);
      return item;
    };

    const add = (files) => {
      complain("");
      status.textContent = "";
      for (const file of files) {
        const name = file.name.normalize("NFC");
        const known = queue.find((item) => item.state === "interrupted" && item.name === name && item.size === file.size
          && (!item.modified || item.modified === file.lastModified));
        if (known) { known.file = file; show(known, "ready"); run(); continue; }
        if (queue.filter((item) => item.state !== "interrupted").length >= Number(words.maxFiles)) { complain(words.tooMany); break; }
        const item = enter({ file, name, size: file.size }, retaken?.row);
        if (file.size > Number(words.maxBytes)) { show(item, "refused", words.tooLarge); continue; }
        show(item, "waiting");
        take(item);
        if (retaken) { remove(retaken); retaken = null; }
      }
      offer();
    };

    /* A file goes with the answers that stood there when it was sent off, whatever is chosen for the next one. */
    const prepare = (item, given) => {
      item.answers = item.answers || given;
      show(item, "ready");
    };

    /* Several photos go as one file, which the server makes a PDF of. */
    const bound = async (photos, given) => {
      const item = enter({ ...portal.bundle(photos, words), answers: given }, photos[0].row);
      const kept = photos.map((each) => each.kept).filter(Boolean);
      photos.forEach(leave);
      if (kept.length) await waiting.keep(item, kept);
      show(item, "ready");
    };

    /* One is not taken: they stand singly again, for its sender to see which. */
    const unbind = (item, message) => {
      portal.unbundle(item).forEach((file) => {
        const photo = enter({ file, name: file.name, size: file.size }, item.row);
        show(photo, "waiting");
        take(photo);
      });
      leave(item);
      complain(message);
      looking.then(() => waiting?.forget(item));
    };

    const send = async (item) => {
      if (item.kept && (await waiting.wasSent(item))) { item.state = "received"; return leave(item); }
      show(item, "sending");
      const end = await portal.sendInPieces(item, {
        uploads: words.uploads,
        token: token.value,
        begun: () => waiting?.note(item),
        moved: (sent) => portal.drawProgress(item, words, sent),
        paused: () => { show(item, "paused", words.goesOn); if (item.kept) waiting.retry(); },
        going: () => show(item, "sending"),
        words,
      });
      if (item.gone) return null;
      if (item.photos && end[0] === "refused") return unbind(item, end[1]);
      if (item.kept && item.code !== 401) await waiting.settle(item, end[0]);
      return show(item, ...end);
    };

    const run = async () => {
      if (busy) return;
      busy = true;
      submit.ariaBusy = "true";
      let received = 0, item;
      const count = () => {
        const all = received + queue.filter((other) => !["waiting", "interrupted"].includes(other.state)).length;
        status.textContent = words.count.replace("{n}", received).replace("{m}", all);
      };
      while ((item = queue.find((other) => other.state === "ready"))) {
        await (item.kept ? waiting.alone(() => send(item)) : send(item));
        if (item.state !== "received") continue;
        received += 1;
        queue = queue.filter((other) => other !== item);
        count();
        const list = document.getElementById(folder);
        if (list) window.htmx?.trigger(list, "refresh");
      }
      count();
      submit.ariaBusy = null;
      busy = false;
      (rows.querySelector(".doc-bad button") || (received ? status : input)).focus();
    };

    [input, camera].forEach((each) => {
      each.addEventListener("click", () => { retaken = null; });
      each.addEventListener("change", () => { add(each.files); each.value = ""; });
    });
    combined.addEventListener("change", offer);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation();
      const due = queue.filter((item) => item.state === "waiting" || item.state === "broken");
      if (!due.length && submit.ariaBusy) return;
      if (!due.length) { complain(words.choose); input.focus(); return; }
      if (!classChosen()) return;
      submit.ariaBusy = "true";
      const given = answers(), together = combined.checked && !combine.hidden ? photosAtRest() : [];
      const singly = due.filter((item) => !together.includes(item));
      singly.forEach((item) => prepare(item, given));
      together.forEach((item) => show(item, "bound"));
      offer();
      await looking;
      // What was removed does not go along.
      const left = together.filter(({ gone }) => !gone);
      if (left.length > 1) await bound(left, given);
      else left.forEach((item) => { prepare(item, given); singly.push(item); });
      for (const item of singly) await waiting?.note(item);
      run();
    });
    portal.dropZone(drop, add);
    window.addEventListener("beforeunload", (event) => { if (queue.some((item) => item.state === "sending" && !item.kept)) event.preventDefault(); });
    portal.interrupted(rows).forEach((item) => { queue.push(item); show(item, "interrupted"); });
    status.tabIndex = -1;
    combine.hidden = true;
    /* What waits for this folder on the device, as it was when the page was left. */
    const restore = async () => {
      for (const { id, state, said, ...head } of await waiting.ofThisForm()) {
        queue.filter((item) => item.state === "interrupted" && item.url === head.url).forEach(leave);
        const item = enter({ ...head, kept: id, unsure: Boolean(head.url) });
        if (item.photos && state === "refused") { unbind(item, said); continue; }
        show(item, state || (head.answers ? "ready" : "waiting"), said);
        take(item, false);
      }
      offer();
      if (queue.some((item) => item.state === "ready")) run();
    };
    if (waiting) {
      waiting.ready.then(restore);
      waiting.discarded = (ids) => queue.filter(({ kept }) => ids.includes(kept)).forEach(discarded);
    }
  };

  document.querySelectorAll("form[data-upload]").forEach(enhance);
})();
