/* Small behaviours of every page. Each page works without them. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const portal = (window.portal = window.portal || {});

  /* Say something to screen readers; `urgent` interrupts. */
  portal.announce = (text, urgent = false) => {
    const region = $(urgent ? "#live-alert" : "#live-status");
    if (!region) return;
    region.textContent = "";
    setTimeout(() => { region.textContent = text; }, 50);
  };

  /* Disclosure menus close on Escape, on a click elsewhere, and when focus leaves them. */
  const menus = () => $$("details[data-menu][open]");
  const close = (menu, focus) => {
    menu.open = false;
    if (focus) $("summary", menu).focus();
  };
  document.addEventListener("click", (event) => {
    menus().forEach((menu) => { if (!menu.contains(event.target)) close(menu); });
  });
  document.addEventListener("focusin", (event) => {
    menus().forEach((menu) => { if (!menu.contains(event.target)) close(menu); });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      menus().forEach((menu) => close(menu, menu.contains(document.activeElement)));
    }
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const search = $("#search");
    if (search && ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing))) {
      if (search.offsetParent === null) return;
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  /* Copying shows and says that it was done; where the browser forbids it, the text is marked to be copied by hand. */
  const copyFrom = async (source, button) => {
    const [words, icon] = [$("span", button), $("use", button)];
    const [former, drawing] = [words.textContent, icon.getAttribute("href")];
    let done = button.dataset.done;
    try {
      await navigator.clipboard.writeText(source.innerText.trim());
      icon.setAttribute("href", drawing.replace("#copy", "#check"));
    } catch {
      window.getSelection().selectAllChildren(source);
      done = button.dataset.marked;
    }
    words.textContent = done;
    portal.announce(done);
    button.setAttribute("data-busy", "");
    setTimeout(() => {
      words.textContent = former;
      icon.setAttribute("href", drawing);
      button.removeAttribute("data-busy");
    }, 2500);
  };

  /* Buttons: open a dialog, print, copy, show a password. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button, a");
    if (!button) return;
    const { dialog, print, copy, reveal } = button.dataset;
    if (dialog !== undefined) {
      event.preventDefault();
      const box = document.getElementById(dialog);
      box?.showModal();
      box && $("[tabindex='-1']", box)?.focus();
    } else if (print !== undefined) {
      event.preventDefault();
      window.print();
    } else if (copy !== undefined) {
      if (!("busy" in button.dataset)) copyFrom($(copy), button);
    } else if (reveal !== undefined) {
      const input = document.getElementById(reveal);
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      button.setAttribute("aria-pressed", String(!shown));
      const icon = $("use", button);
      icon?.setAttribute("href", icon.getAttribute("href").replace(/#.*/, shown ? "#eye" : "#eye-off"));
    }
  });

  /* A second click must not send a form twice. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
    setTimeout(() => { delete form.dataset.sent; event.submitter?.removeAttribute("aria-busy"); }, 8000);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) $$("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });

  /* What would lose unsaved typing without scripts is shown with them only. */
  $$("[data-with-scripts]").forEach((part) => { part.hidden = false; });

  /* Characters left under a textarea; spoken only when typing pauses. */
  let pause;
  const count = (input, speak) => {
    const hint = document.getElementById(`${input.id}_count`);
    if (!hint) return;
    const left = Number(input.dataset.count) - input.value.length;
    hint.textContent = (left < 0 ? hint.dataset.countOver : hint.dataset.countText).replace("{n}", Math.abs(left));
    clearTimeout(pause);
    if (speak) pause = setTimeout(() => portal.announce(hint.textContent), 1200);
  };
  document.addEventListener("input", (event) => {
    if (event.target.dataset?.count) count(event.target, true);
  });

  /* Tables shown as cards on phones keep their meaning: browsers drop it with `display`. */
  const roles = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TFOOT: "rowgroup", TR: "row", TD: "cell" };
  const describe = (root) => {
    $$(".ledger, .ledger *", root).forEach((node) => {
      const role = node.tagName === "TH"
        ? (node.scope === "col" ? "columnheader" : "rowheader")
        : roles[node.tagName];
      if (role && !node.hasAttribute("role")) node.setAttribute("role", role);
    });
  };

  const prepare = (root) => {
    // The server checks and answers in words, in the language of the page.
    $$("form", root).forEach((form) => { form.noValidate = true; });
    describe(root);
    $$("[data-count]", root).forEach((input) => count(input, false));
    $$("[data-scroll-into]", root).forEach((tab) => {
      const strip = tab.closest("ul");
      if (strip && strip.scrollWidth > strip.clientWidth) {
        strip.scrollLeft += tab.getBoundingClientRect().left - strip.getBoundingClientRect().left - 24;
      }
    });
  };

  /* After a swap: to the error summary, else to what asks for focus, else nowhere. */
  const focusIn = (root) => {
    const target = $("#error-summary", root) || (root.matches?.("[data-focus]") ? root : $("[data-focus]", root));
    target?.focus();
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    prepare(event.target);
    focusIn(event.target);
  });
  document.addEventListener("htmx:responseError", () => {
    const words = document.body.dataset.failed;
    if (words) portal.announce(words, true);
  });
  document.addEventListener("announce", (event) => portal.announce(event.detail.value));

  prepare(document);
  focusIn(document);
})();
