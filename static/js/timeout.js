/* The end of the session: a warning before it, a page after it. The server alone says how long it lasts
   (header X-Session-Left: seconds without activity, seconds at most, whose session); all tabs hear what one is told. */
(() => {
  "use strict";
  const box = document.getElementById("session-dialog");
  if (!box) return;
  const portal = (window.portal = window.portal || {});
  const words = box.dataset, HEADER = "X-Session-Left", NAME = "portal-session", AGAIN = 10000;
  const warning = Number(words.warning);
  portal.person = words.who;
  const part = (name) => box.querySelector(name);
  const [title, text, count] = ["h2", "#session-dialog-text", "[data-seconds]"].map(part);
  const [stay, again, leave] = ["[data-stay]", "[data-again]", "[data-leave]"].map(part);
  let end, limit, timer, state = "open", sure = false, put_off = false;

  /* --- What was typed and not sent --- */
  const typed = new Set();
  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (form && form.method === "post" && !("autosave" in form.dataset)) typed.add(form);
  });
  document.addEventListener("submit", ({ target }) => typed.delete(target));
  const unsaved = () => Boolean(portal.unsavedDrafts?.()) || [...typed].some((form) => form.isConnected);

  const channel = new BroadcastChannel(NAME);
  const tell = (message) => channel.postMessage(message);
  const told = ({ idle, whole, who, look }) => {
    if (look) ask(true);
    else hear(idle, whole, who);
  };
  channel.onmessage = ({ data }) => told(data);

  const secondsTo = (moment) => Math.ceil((moment - Date.now()) / 1000);

  const hear = (idle, whole, who) => {
    // Somebody else has signed in in this browser: nothing of this page is his.
    if (who !== words.who) { location.replace(words.home); return; }
    end = Date.now() + idle * 1000;
    limit = Date.now() + whole * 1000;
    if (idle > warning) {
      sure = put_off = false;
      if (state === "ended") renewTokens();
      if (box.open) box.close();
      state = "open";
    }
    tick();
  };

  portal.heardOfSession = (header) => {
    if (!header) return;
    const [idle, whole, who] = header.split(" ");
    hear(Number(idle), Number(whole), who);
    tell({ idle: Number(idle), whole: Number(whole), who });
  };

  async function ask(background) {
    const headers = { "X-Person": words.who, ...(background ? { "X-Background": "1" } : {}) };
    try {
      const answer = await fetch(words.ask, { headers, cache: "no-store", redirect: "manual" });
      sure = true;
      if (answer.ok) portal.heardOfSession(answer.headers.get(HEADER));
      else if (answer.status < 500) finish();
      else throw new Error("server");
    } catch {
      sure = true;
      clearTimeout(timer);
      timer = secondsTo(end) > 0 ? setTimeout(tick, 1000) : setTimeout(ask, AGAIN, true);
    }
  }
  portal.checkSession = () => ask(true);

  function tick() {
    clearTimeout(timer);
    if (state === "ended") return;
    const left = secondsTo(end);
    if (left <= 0) timer = setTimeout(ask, 1000, true);
    else if (left > warning) timer = setTimeout(tick, Math.min((left - warning) * 1000, 60000));
    else if (!sure) ask(true);
    else { warn(left); timer = setTimeout(tick, 1000); }
  }

  const clock = (moment) => {
    const time = new Date(moment);
    return [time.getHours(), time.getMinutes()].map((number) => String(number).padStart(2, "0")).join(":");
  };

  const show = (kind, moment) => {
    title.textContent = words[`${kind}Title`];
    text.textContent = words[`${kind}Text`].replace("{time}", clock(moment));
    stay.hidden = kind !== "idle";
    again.hidden = kind !== "ended";
    leave.hidden = kind === "ended";
    box.classList.toggle("dialog-curtain", kind === "ended");
    if (!box.open) { box.showModal(); title.focus(); }
  };

  function warn(left) {
    if (put_off) return;
    if (!box.open) {
      portal.saveDrafts?.();
      show(limit - end > 2000 ? "idle" : "whole", end);
    }
    const seconds = (left === 1 ? words.one : words.many).replace("{n}", left);
    count.textContent = left <= 60 ? seconds : "";
    if (left === 60 || left === 20) portal.announce?.(seconds);
  }

  const back = () => {
    const query = new URLSearchParams({ to: location.pathname + location.search, who: words.who });
    return `${words.login}?${new URLSearchParams({ ended: "1", next: `${words.return}?${query}` })}`;
  };

  function finish() {
    if (state === "ended") return;
    clearTimeout(timer);
    // A form just sent may have ended it: its answer says so better.
    if (document.querySelector("[data-sent]")) { timer = setTimeout(finish, 500); return; }
    state = "ended";
    tell({ look: true });
    if (!unsaved()) { location.replace(back()); return; }
    again.href = back();
    count.textContent = "";
    show("ended", end);
  }

  /* Signing in again changes the token of forms: what was typed here may then be sent after all. */
  const renewTokens = () => {
    const cookie = /(?:^|;\s*)(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie);
    if (!cookie) return;
    const token = decodeURIComponent(cookie[1]);
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => { field.value = token; });
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token, "X-Person": words.who }));
    portal.saveDrafts?.();
  };

  stay.addEventListener("click", () => ask(false));
  box.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (state === "ended") return;
    if (!stay.hidden) ask(false);
    else { put_off = true; box.close(); }
  });
  // Escape cannot lift the curtain.
  box.addEventListener("close", () => { if (state === "ended") { box.showModal(); title.focus(); } });
  // The end is no failure of the request: the dialog or the sign-in page says it.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => { if (detail.xhr.status === 401) detail.isError = false; });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.xhr.status === 401) ask(true);
    else portal.heardOfSession(detail.xhr.getResponseHeader(HEADER));
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    if (state === "ended") ask(true);
    else tick();
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) ask(true); });

  hear(Number(words.idle), Number(words.whole), words.who);
  tell({ idle: Number(words.idle), whole: Number(words.whole), who: words.who });
})();
