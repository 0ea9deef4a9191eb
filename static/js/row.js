/* One row says where one file of a form stands (upload.js). */
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg", portal = (window.portal = window.portal || {});

  const make = (portal.make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  });

  portal.sizeOf = (bytes) => (bytes < 999500 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  /* `name` is read out after the label: rows have the same buttons. */
  portal.rowButton = (label, name, act) => {
    const node = make("button", "btn btn-second btn-small", label);
    node.type = "button";
    node.append(make("span", "vh", ` ${name}`));
    node.addEventListener("click", act);
    return node;
  };

  const icon = (words, name) => {
    const svg = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${words.icons}#${name}`);
    svg.append(use);
    return svg;
  };

  const shot = (item) => {
    const frame = make("span", "doc-shot");
    item.picture.setAttribute("aria-hidden", "true");
    frame.append(item.picture);
    return frame;
  };

  // An empty file is for the server to refuse.
  const percent = (item, sent) => Math.floor((100 * sent) / (item.size || 1));
  portal.drawProgress = (item, words, sent) => {
    item.bar.value = percent(item, sent);
    if (item.state === "paused") return;
    item.tag.textContent = sent < item.size ? `${words.sending} ${percent(item, sent)} %` : words.checking;
  };

  const buttons = (item, words, moving, acts) => {
    const { state, name } = item, found = [];
    const button = (label, act, ...given) => found.push(portal.rowButton(label, name, () => act(item, ...given)));
    if (state === "waiting" && item.mayGoUp) button(words.earlier, acts.up);
    if (state === "waiting" && item.mayRetake) button(words.retake, acts.retake);
    if (state === "asked") {
      button(words.seal, acts.again, { visibility: "medical" });
      button(words.administrative, acts.again, { confirm_class: "on" });
    }
    if (state === "broken") button(words.retry, acts.retry);
    if (state === "paused") button(words.retry, () => item.wake());
    if (state !== "received") button(moving ? words.cancel : words.remove, acts.remove);
    return found;
  };

  /* Draw `item` anew; `acts` is what its buttons do. Progress goes into `item.bar` and `item.tag`. */
  portal.drawRow = (item, words, message, acts) => {
    const { state } = item, bad = ["refused", "broken", "asked"].includes(state), moving = state === "sending" || state === "paused";
    const text = make("span", "doc-text"), ends = make("span", "doc-acts"), tags = [];
    text.append(make("span", "", item.name), make("span", "", portal.sizeOf(item.size)));
    if (state === "waiting") (item.faults || []).forEach((fault) => text.append(make("span", "doc-hint", words[fault])));
    if (item.homeless && state !== "received") text.append(make("span", "doc-hint", words.noRoom));
    if (state === "interrupted") text.append(make("span", "", words.interrupted.replace("{n}", `${percent(item, item.offset)} %`)));
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
      ends.append(link);
    }
    ends.append(...buttons(item, words, moving, acts));
    const waits = item.kept && state !== "waiting" ? words.waits : words.waiting;
    const said = { waiting: waits, bound: waits, ready: waits, paused: words.paused, sending: words.sending, received: words.received }[state];
    if (said) tags.push(make("span", `tag${{ received: " tag-ok", paused: " tag-warn" }[state] || ""}`, said));
    item.tag = tags[0];
    item.row.hidden = false;
    item.row.className = bad ? "doc-row doc-bad" : "doc-row";
    const sign = icon(words, bad ? "triangle-alert" : state === "received" ? "circle-check" : "file-text");
    item.row.replaceChildren(item.picture && !bad ? shot(item) : sign, text, ...tags, ends);
    if (moving) portal.drawProgress(item, words, Math.min(item.offset, Math.max(0, item.size - 1)));
  };

  /* What was on its way when the page was left, by the server's word. */
  portal.interrupted = (rows) => [...rows.querySelectorAll("li")].map((row) => {
    const { url, name, size, offset, modified } = row.dataset;
    return { row, url, name, size: Number(size), offset: Number(offset), modified: Number(modified), unsure: true };
  });

  /* Where files are chosen and dropped; the camera is offered on what one holds in the hand. */
  portal.dropZone = (drop, add) => {
    // The browser's own button speaks the browser's language; the label speaks the page's.
    drop.querySelectorAll("input").forEach((input) => input.classList.add("vh"));
    drop.querySelectorAll("[hidden]").forEach((node) => { node.hidden = "camera" in node.dataset && !matchMedia("(pointer: coarse)").matches; });
    ["dragover", "dragleave", "drop"].forEach((name) => drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("drop-over", name === "dragover");
      if (name === "drop") add(event.dataTransfer.files);
    }));
  };

  /* What the form itself says. */
  portal.formSays = (form) => ({
    answers: () => Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string")),
    complain(text) {
      const complaint = form.querySelector("[data-file-error]");
      complaint.replaceChildren(...(text ? [make("p", "error-text", text)] : []));
      complaint.closest(".field").classList.toggle("field-error", Boolean(text));
    },
    /* Whoever has no default must choose who sees the papers, before anything leaves the device. */
    classChosen() {
      const choices = [...form.querySelectorAll("input[name=visibility]")], group = choices[0].closest(".field");
      const chosen = choices.some((choice) => choice.checked);
      group.classList.toggle("field-error", !chosen);
      group.querySelector("p.error-text")?.remove();
      if (!chosen) {
        const text = make("p", "error-text", form.dataset.chooseClass);
        text.setAttribute("role", "alert");
        group.querySelector("legend").after(text);
        choices[0].focus();
      }
      return chosen;
    },
  });
})();
