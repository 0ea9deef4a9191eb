/* Sends the files of a form one by one, with a row for each: progress, cancel, the reason when one is refused,
   and trying again in the row after a broken connection. Without this file the same form posts all at once. */
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";

  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  };

  const sizeOf = (bytes) => (bytes < 999500 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  const enhance = (form) => {
    const words = form.dataset;
    const input = form.querySelector("input[type=file]");
    const drop = form.querySelector("[data-drop]");
    const rows = form.querySelector("[data-rows]");
    const status = form.querySelector("[data-status]");
    const complaint = form.querySelector("[data-file-error]");
    const submit = form.querySelector("button[type=submit]");
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
        const words = make("p", "error-text", form.dataset.chooseClass);
        words.setAttribute("role", "alert");
        group.querySelector("legend").after(words);
        choices[0].focus();
      }
      return chosen;
    };

    /* One row says where one file stands. */
    const show = (item) => {
      const { file, state } = item;
      const bad = state === "refused" || state === "broken";
      const text = make("span", "doc-text");
      text.append(make("span", "", file.name), make("span", "", sizeOf(file.size)));
      if (bad) text.append(make("span", "error-text", item.message));
      const acts = make("span", "doc-acts");
      if (state === "sending") {
        item.bar = make("progress");
        item.bar.max = 100;
        item.bar.setAttribute("aria-label", `${words.sending} ${file.name}`);
        text.append(item.bar);
        acts.append(button(words.cancel, file.name, () => item.request.abort()));
      } else {
        if (state === "broken") acts.append(button(words.retry, file.name, () => { prepare(item, answers()); run(); }));
        acts.append(button(words.remove, file.name, () => remove(item)));
      }
      const tag = bad ? [] : [make("span", "tag", state === "sending" ? words.sending : words.waiting)];
      item.tag = tag[0];
      item.row.className = bad ? "doc-row doc-bad" : "doc-row";
      item.row.replaceChildren(icon(bad ? "triangle-alert" : "file-text"), text, ...tag, acts);
    };

    const remove = (item) => {
      const next = item.row.nextElementSibling || item.row.previousElementSibling;
      queue = queue.filter((other) => other !== item);
      item.row.remove();
      (next?.querySelector("button") || input).focus();
    };

    const add = (files) => {
      complain("");
      for (const file of files) {
        if (queue.length >= Number(words.maxFiles)) { complain(words.tooMany); break; }
        const item = { file, state: "waiting", row: make("li") };
        if (file.size > Number(words.maxBytes)) Object.assign(item, { state: "refused", message: words.tooLarge });
        queue.push(item);
        rows.append(item.row);
        show(item);
      }
    };

    const answers = () => {
      const given = new FormData(form);
      given.delete(input.name);
      return [...given];
    };

    /* A file goes with the answers that stood there when it was sent off, whatever is chosen for the next one. */
    const prepare = (item, given) => {
      item.answers = item.answers || given;
      item.state = "ready";
      show(item);
    };

    const send = (item) => new Promise((done) => {
      const body = new FormData(), request = new XMLHttpRequest();
      item.answers.forEach(([name, value]) => body.append(name, value));
      body.append(input.name, item.file);
      Object.assign(item, { state: "sending", request });
      show(item);
      const end = (state, message) => {
        Object.assign(item, { state, message });
        if (state !== "received") show(item);
        done();
      };
      request.upload.onprogress = (event) => {
        const percent = event.lengthComputable ? Math.round((100 * event.loaded) / event.total) : 0;
        item.bar.value = percent;
        item.tag.textContent = percent < 100 ? `${words.sending} ${percent} %` : words.checking;
      };
      request.onload = () => {
        if (request.status === 401) window.portal?.checkSession?.();
        else window.portal?.heardOfSession?.(request.getResponseHeader("X-Session-Left"));
        let answer = null;
        try { answer = JSON.parse(request.responseText); } catch { /* not ours: a proxy's or an error page */ }
        const result = answer?.files?.[0];
        if (result) return end(result.state, result.message);
        const errors = Object.values(answer?.errors || {}).flat();
        // Wrong answers are given anew; after a broken connection the old ones hold.
        if (errors.length) item.answers = null;
        return end("broken", errors.length ? errors.join(" ") : words.broken);
      };
      request.onerror = request.ontimeout = () => end("broken", words.broken);
      request.onabort = () => { end("waiting"); remove(item); };
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      if (window.portal?.person) request.setRequestHeader("X-Person", window.portal.person);
      request.send(body);
    });

    const run = async () => {
      if (busy) return;
      busy = true;
      submit.setAttribute("aria-busy", "true");
      status.textContent = "";
      let received = 0, item;
      const count = () => {
        const all = received + queue.filter((other) => other.state !== "waiting").length;
        status.textContent = words.count.replace("{n}", received).replace("{m}", all);
      };
      while ((item = queue.find((other) => other.state === "ready"))) {
        await send(item);
        if (item.state !== "received") continue;
        received += 1;
        queue = queue.filter((other) => other !== item);
        item.row.remove();
        count();
        const list = document.getElementById(words.upload);
        if (list) window.htmx?.trigger(list, "refresh");
      }
      count();
      submit.removeAttribute("aria-busy");
      busy = false;
      (rows.querySelector(".doc-bad button") || (received ? status : input)).focus();
    };

    input.addEventListener("change", () => { add(input.files); input.value = ""; });
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
    drop.querySelectorAll("[hidden]").forEach((node) => { node.hidden = false; });
    // The browser's own button speaks the browser's language; the label speaks the page's.
    input.classList.add("vh");
    status.tabIndex = -1;
  };

  document.querySelectorAll("form[data-upload]").forEach(enhance);
})();
