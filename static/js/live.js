/* The live connection: a knock names a topic and an id, the page then asks again through the usual door.
   Elements say what they listen to: data-live="claims notifications" (with hx-trigger="refresh").
   Lists that would move under the pointer use data-live-notice: a line "2 new – refresh" instead. */
(() => {
  "use strict";
  if (!("WebSocket" in window)) return;
  const portal = (window.portal = window.portal || {});
  const FIRST = 1000, LONGEST = 60000;
  let delay = FIRST, socket, timer, opened = false;

  const listening = (topic, id) => [...document.querySelectorAll("[data-live]")].filter((node) => {
    if (!node.dataset.live.split(/\s+/).includes(topic)) return false;
    return !node.dataset.liveId || !id || node.dataset.liveId === String(id);
  });

  const notice = (node) => {
    const seen = Number(node.dataset.seen || 0) + 1;
    node.dataset.seen = seen;
    const words = (seen === 1 ? node.dataset.one : node.dataset.many).replace("{n}", seen);
    (node.querySelector("span") || node).textContent = words;
    node.hidden = false;
    portal.announce?.(words);
  };

  const refresh = (node) => {
    // A form being filled in is never replaced under the hands.
    if (node.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return;
    window.htmx?.trigger(node, "refresh");
  };

  // What the page fetches by itself does not keep anybody signed in.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.triggeringEvent?.type === "refresh") event.detail.headers["X-Background"] = "1";
  });

  const knock = ({ topic, id }) => {
    document.dispatchEvent(new CustomEvent("portal:knock", { detail: { topic, id } }));
    listening(topic, id).forEach((node) => ("liveNotice" in node.dataset ? notice(node) : refresh(node)));
  };

  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(connect, delay * (0.7 + Math.random() * 0.6));
    delay = Math.min(delay * 2, LONGEST);
  };

  function connect() {
    if (document.hidden || navigator.onLine === false) return again();
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/ws/`);
    socket.onopen = () => {
      delay = FIRST;
      // What was missed while away is asked for once.
      if (opened) document.querySelectorAll("[data-live]:not([data-live-notice])").forEach(refresh);
      opened = true;
    };
    socket.onmessage = (event) => {
      let message;
      try { message = JSON.parse(event.data); } catch { return; }
      if (message && typeof message.topic === "string") knock(message);
    };
    // 4401: signed out or switched off; there is nothing to come back to.
    socket.onclose = (event) => {
      if (event.code === 4401) portal.checkSession?.();
      else if (event.code !== 4403) again();
    };
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && (!socket || socket.readyState > 1)) { delay = FIRST; clearTimeout(timer); connect(); }
  });
  connect();
})();
