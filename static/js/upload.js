/* The files of a form, sent one after the other (tus.js), with a row for each: progress, cancel, the reason when one is
   refused, a pause while the connection is lost, and the receipt. What was on its way when the page was left stands in
   the page: the same file, chosen again, goes on where it stopped. Without this file the form posts all at once. */
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg", portal = window.portal;

  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  };

  const sizeOf = (bytes) => (bytes < 999500 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  const enhance = (form) => {
    const words = form.dataset, folder = words.upload;
    const [input, ...others] = form.querySelectorAll("input[type=file]");
    const drop = form.querySelector("[data-drop]"), rows = form.querySelector("[data-rows]");
    const status = form.querySelector("[data-status]"), complaint = form.querySelector("[data-file-error]");
    const submit = form.querySelector("button[type=submit]"), token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    let queue = [], busy = false;

    const icon = (name) => {
      const svg = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
      svg.setAttribute("class", "icon");
      svg.setAttribute("aria-hidden", "true");
      use.setAttribute("href", `${words.icons}#${name}`);
      svg.append(use);
      return svg;
    };

    const button = (label, name, act) => {
      const node = make("button", "btn btn-second btn-small", label);
      node.type = "button";
      node.append(make("span", "vh", ` ${name}`));
      node.addEventListener("click", act);
      return node;
    };

    const complain = (text) => {
      complaint.replaceChildren(...(text ? [make("p", "error-text", text)] : []));
      complaint.closest(".field").classList.toggle("field-error", Boolean(text));
    };

    /* Whoever has no default must choose who sees the papers, before anything leaves the device. */
    const classChosen = () => {
      const choices = [...form.querySelectorAll("input[name=visibility]")], group = choices[0].closest(".field");
      const chosen = choices.some((choice) => choice.checked);
      group.classList.toggle("field-error", !chosen);
      group.querySelector("p.error-text")?.remove();
      if (!chosen) {
        const text = make("p", "error-text", words.chooseClass);
        text.setAttribute("role", "alert");
        group.querySelector("legend").after(text);
        choices[0].focus();
      }
      return chosen;
    };

    const percent = (item) => Math.floor((100 * item.offset) / item.size);
    const progress = (item, sent) => {
      item.bar.value = (100 * sent) / item.size;
      if (item.state === "paused") return;
      item.tag.textContent = sent < item.size ? `${words.sending} ${Math.floor(item.bar.value)} %` : words.checking;
    };

    /* One row says where one file stands. */
    const show = (item, state = item.state, message = "") => {
      item.state = state;
      const bad = ["refused", "broken", "asked"].includes(state), moving = state === "sending" || state === "paused";
      const text = make("span", "doc-text"), acts = make("span", "doc-acts"), tags = [];
      text.append(make("span", "", item.name), make("span", "", sizeOf(item.size)));
      if (message) text.append(make("span", bad ? "error-text" : "", message));
      if (moving) {
        item.bar = make("progress");
        item.bar.max = 100;
        item.bar.setAttribute("aria-label", `${words.sending} ${item.name}`);
        text.append(item.bar);
      }
      if (item.sha256) text.append(make("span", "mono wrap-any", `SHA-256 ${item.sha256}`));
      if (item.receipt) {
        const link = make("a", "", words.receipt);
        link.href = item.receipt;
        acts.append(link);
      }
      if (state === "asked") {
        const again = (answer) => () => { item.answers = { ...item.answers, ...answer }; show(item, "ready"); run(); };
        acts.append(button(words.seal, item.name, again({ visibility: "medical" })), button(words.administrative, item.name, again({ confirm_class: "on" })));
      }
      if (state === "broken") acts.append(button(words.retry, item.name, () => { if (item.answers || item.url || classChosen()) { prepare(item, answers()); run(); } }));
      if (state === "paused") acts.append(button(words.retry, item.name, () => item.wake()));
      if (state !== "received") acts.append(button(moving ? words.cancel : words.remove, item.name, () => remove(item)));
      const said = { waiting: words.waiting, ready: words.waiting, paused: words.paused, sending: words.sending, received: words.received }[state];
      if (said) tags.push(make("span", `tag${{ received: " tag-ok", paused: " tag-warn" }[state] || ""}`, said));
      item.tag = tags[0];
      item.row.hidden = false;
      item.row.className = bad ? "doc-row doc-bad" : "doc-row";
      item.row.replaceChildren(icon(bad ? "triangle-alert" : state === "received" ? "circle-check" : "file-text"), text, ...tags, acts);
      if (moving) progress(item, Math.min(item.offset, item.size - 1));
    };

    const remove = (item) => {
      item.gone = true;
      const next = item.row.nextElementSibling || item.row.previousElementSibling;
      queue = queue.filter((other) => other !== item);
      item.row.remove();
      item.request?.abort();
      item.wake?.();
      if (item.url) portal.cancelUpload(item, token);
      (next?.querySelector("button") || input).focus();
    };

    const add = (files) => {
      complain("");
      for (const file of files) {
        const name = file.name.normalize("NFC");
        const known = queue.find((item) => item.state === "interrupted" && item.name === name && item.size === file.size
          && (!item.modified || item.modified === file.lastModified));
        if (known) { known.file = file; show(known, "ready"); run(); continue; }
        if (queue.filter((item) => item.state !== "interrupted").length >= Number(words.maxFiles)) { complain(words.tooMany); break; }
        const item = { file, name, size: file.size, offset: 0, row: make("li") };
        queue.push(item);
        rows.append(item.row);
        if (file.size > Number(words.maxBytes)) show(item, "refused", words.tooLarge);
        else show(item, "waiting");
      }
    };

    const answers = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string"));

    /* A file goes with the answers that stood there when it was sent off, whatever is chosen for the next one. */
    const prepare = (item, given) => {
      item.answers = item.answers || given;
      show(item, "ready");
    };

    const send = async (item) => {
      show(item, "sending");
      const end = await portal.sendInPieces(item, {
        uploads: words.uploads,
        token,
        moved: (sent) => progress(item, sent),
        paused: () => show(item, "paused", words.goesOn),
        going: () => show(item, "sending"),
        words,
      });
      if (!item.gone) show(item, ...end);
    };

    const run = async () => {
      if (busy) return;
      busy = true;
      submit.setAttribute("aria-busy", "true");
      status.textContent = "";
      let received = 0, item;
      const count = () => {
        const all = received + queue.filter((other) => !["waiting", "interrupted"].includes(other.state)).length;
        status.textContent = words.count.replace("{n}", received).replace("{m}", all);
      };
      while ((item = queue.find((other) => other.state === "ready"))) {
        await send(item);
        if (item.state !== "received") continue;
        received += 1;
        queue = queue.filter((other) => other !== item);
        count();
        const list = document.getElementById(folder);
        if (list) window.htmx?.trigger(list, "refresh");
      }
      count();
      submit.removeAttribute("aria-busy");
      busy = false;
      (rows.querySelector(".doc-bad button") || (received ? status : input)).focus();
    };

    [input, ...others].forEach((each) => each.addEventListener("change", () => { add(each.files); each.value = ""; }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      const due = queue.filter((item) => item.state === "waiting" || item.state === "broken");
      if (!due.length) { complain(words.choose); input.focus(); return; }
      if (!classChosen()) return;
      const given = answers();
      due.forEach((item) => prepare(item, given));
      run();
    });
    ["dragover", "dragleave", "drop"].forEach((name) => drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("drop-over", name === "dragover");
      if (name === "drop") add(event.dataTransfer.files);
    }));
    window.addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
    /* What was on its way when the page was left. */
    rows.querySelectorAll("li").forEach((row) => {
      const { url, name, size, offset, modified } = row.dataset;
      const item = { row, url, name, size: Number(size), offset: Number(offset), modified: Number(modified), unsure: true };
      queue.push(item);
      show(item, "interrupted", words.interrupted.replace("{n}", `${percent(item)} %`));
    });
    drop.querySelectorAll("[hidden]").forEach((node) => { node.hidden = "camera" in node.dataset && !matchMedia("(pointer: coarse)").matches; });
    // The browser's own button speaks the browser's language; the label speaks the page's.
    [input, ...others].forEach((each) => each.classList.add("vh"));
    status.tabIndex = -1;
  };

  document.querySelectorAll("form[data-upload]").forEach(enhance);
})();
