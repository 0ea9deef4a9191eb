/* Drafts saved by themselves: <form data-autosave="url"> (or its own action) is posted when typing pauses,
   with X-Autosave: 1; the line [data-draft-status] says so, the form learns its version.
   No files, no passwords. */
(() => {
  "use strict";
  const PAUSE = 1500, RETRY = 15000;
  const portal = (window.portal = window.portal || {});
  const drafts = [];
  portal.saveDrafts = () => drafts.forEach((draft) => draft.save());
  portal.unsavedDrafts = () => drafts.some((draft) => draft.unsaved());

  document.querySelectorAll("form[data-autosave]").forEach((form) => {
    const url = form.dataset.autosave || form.getAttribute("action") || location.href;
    const line = form.querySelector("[data-draft-status]") || document.querySelector("[data-draft-status]");
    let timer, dirty = false, busy = false, sending = false;

    const say = (text, state) => {
      if (!line) return;
      line.dataset.state = state;
      line.textContent = text;
    };
    // Signing in again in another tab changes the token: the cookie always has the current one.
    const token = () => {
      const field = form.elements.csrfmiddlewaretoken;
      const cookie = /(?:^|;\s*)(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie);
      if (field && cookie) field.value = decodeURIComponent(cookie[1]);
    };
    const values = () => {
      token();
      const data = new FormData(form);
      form.querySelectorAll("input[type=file], input[type=password]").forEach((input) => data.delete(input.name));
      return data;
    };
    const later = (wait) => { clearTimeout(timer); timer = setTimeout(save, wait); };

    async function save(keepalive = false) {
      if (!dirty || busy || sending) return;
      busy = true;
      dirty = false;
      try {
        const answer = await fetch(url, {
          method: "POST", body: values(), keepalive: keepalive === true, redirect: "manual",
          headers: { "X-Autosave": "1", "X-Requested-With": "XMLHttpRequest", ...(portal.person ? { "X-Person": portal.person } : {}) },
        });
        portal.heardOfSession?.(answer.headers.get("X-Session-Left"));
        if (answer.ok) {
          const now = new Date();
          const time = [now.getHours(), now.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
          say(line?.dataset.saved.replace("{time}", time), "saved");
          if (form.elements.version) form.elements.version.value = (await answer.json()).version;
        } else if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
          say(line?.dataset.ended, "failed");
          dirty = true;
          portal.checkSession?.();
        } else if (answer.status >= 500) {
          throw new Error("server");
        } else {
          // 4xx: the server said no in its own words when the page is sent; what was valid is kept by it.
          say("", "refused");
        }
      } catch {
        dirty = true;
        say(line?.dataset.failed, "failed");
        later(RETRY);
      }
      busy = false;
      if (dirty && line?.dataset.state === "saved") later(PAUSE);
    }

    drafts.push({ save: () => save(), unsaved: () => dirty || busy });
    // Not "change": leaving a field is no new text.
    form.addEventListener("input", () => { dirty = true; later(PAUSE); });
    form.addEventListener("submit", () => { token(); sending = true; clearTimeout(timer); setTimeout(() => { sending = false; }, 8000); });
    document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
    window.addEventListener("online", () => later(0));
  });
})();
