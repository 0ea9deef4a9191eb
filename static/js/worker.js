/* The worker: sends what waits on this device when the connection is back or a page of the portal opens, and wipes the
   device at sign-out. It keeps no page and answers no request; the browser asks the network as it always does. */
(() => {
  "use strict";
  const { portal } = self;
  const channel = new BroadcastChannel("portal-photos");

  /* Who is signed in, with the server's half of the key; null for nobody. */
  const whose = async () => {
    const answer = await fetch(portal.addresses.queue, { headers: { "X-Background": "1" }, cache: "no-store", redirect: "manual" });
    return answer.ok ? answer.json() : null;
  };

  const sendOne = async (store, head, token) => {
    const file = await store.file(head.id);
    if (!file) return;
    const item = { ...head, file, offset: 0, unsure: Boolean(head.url) };
    let lost = false;
    const end = await portal.sendInPieces(item, {
      uploads: head.uploads,
      token,
      words: {},
      begun: () => store.change(head.id, { ...head, url: item.url }),
      going() {},
      paused() { lost = item.gone = true; },
    });
    // Without connection, or signed out meanwhile: another time.
    if (lost || item.code === 401) throw new Error("later");
    const [state, said] = end;
    const received = state === "received" || item.refusal === "duplicate";
    if (received) await store.drop(head.id);
    else await store.change(head.id, { ...head, url: "", answers: null, state, said });
    channel.postMessage(received ? { gone: [head.id], received } : {});
  };

  const send = async () => {
    if (!(await portal.waitingHere())) return;
    const me = await whose();
    if (!me) return;
    portal.person = me.who;
    const store = portal.store(me);
    await store.sweep();
    for (const head of await store.list()) {
      if (head.answers) await sendOne(store, head, me.token);
    }
  };

  /* One sender at a time, be it a page or this; a page that opens sends by itself, the browser asks but once. */
  const alone = (how) => navigator.locks.request("portal-photos", how, (free) => free && send());

  self.addEventListener("install", () => self.skipWaiting());
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
  self.addEventListener("sync", (event) => event.waitUntil(alone({})));
  self.addEventListener("fetch", (event) => {
    const { mode, method, url, referrer } = event.request;
    if (mode !== "navigate") return;
    // While something is sent the session may get another key: who is signed in is asked with the page that follows.
    if (method === "GET") event.waitUntil(alone({ ifAvailable: true }).catch(() => {}));
    // Another site's page may send there, too: it signs nobody out.
    const ours = referrer.startsWith(`${self.location.origin}/`);
    if (method === "POST" && ours && new URL(url).pathname === portal.addresses.leave) event.waitUntil(portal.wipeStore());
  });
})();
