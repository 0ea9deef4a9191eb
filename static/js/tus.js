/* Sends one file in pieces of at most 4 MB (tus 1.0): goes on after whatever interrupts it, from where the server says.
   Pages send by it, and so does the worker (worker.js), which has no XMLHttpRequest and is told of no progress. */
(() => {
  "use strict";
  const portal = (self.portal = self.portal || {});
  const PIECE = 4 * 1024 * 1024, TYPE = "application/offset+octet-stream", LONGEST = 30000;

  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const metadata = (said) => Object.entries(said)
    .filter(([, value]) => value)
    .map(([key, value]) => `${key} ${base64(new TextEncoder().encode(value))}`)
    .join(",");

  const parsed = (text) => {
    try { return JSON.parse(text) || {}; } catch { return {}; /* none, or a proxy's page */ }
  };
  const answer = (code, text, header) => ({
    code,
    told: parsed(text),
    offset: Number(header("Upload-Offset")),
    url: header("Location"),
  });

  const byPage = (item, method, url, headers, body, moved) => new Promise((done) => {
    const request = (item.request = new XMLHttpRequest());
    request.open(method, url);
    Object.entries(headers).forEach(([name, value]) => request.setRequestHeader(name, value));
    if (moved) request.upload.onprogress = (event) => moved(item.offset + event.loaded);
    request.onloadend = () => {
      if (request.status === 401) portal.checkSession?.();
      else portal.heardOfSession?.(request.getResponseHeader("X-Session-Left"));
      done(answer(request.status, request.responseText, (name) => request.getResponseHeader(name)));
    };
    request.send(body);
  });

  const byWorker = async (method, url, headers, body) => {
    try {
      const response = await fetch(url, { method, headers: { ...headers, "X-Background": "1" }, body, cache: "no-store" });
      return answer(response.status, await response.text(), (name) => response.headers.get(name));
    } catch {
      return answer(0, "", () => null);
    }
  };

  /* The answer in any case: code 0 stands for none. */
  const ask = (item, token, method, url, headers = {}, body = null, moved = null) => {
    const all = { "Tus-Resumable": "1.0.0", "X-CSRFToken": token, Accept: "application/json", ...headers };
    if (portal.person) all["X-Person"] = portal.person;
    return self.XMLHttpRequest ? byPage(item, method, url, all, body, moved) : byWorker(method, url, all, body);
  };

  const announce = (item, on) => {
    const { visibility, kind, title, confirm_class } = item.answers;
    const modified = String(item.file.lastModified || "");
    const said = { filename: item.name, visibility, kind, title, confirm_class, modified };
    // Several photos in one go, which become one PDF.
    if (item.photos) said.photos = JSON.stringify(item.photos);
    return ask(item, on.token, "POST", on.uploads, { "Upload-Length": item.size, "Upload-Metadata": metadata(said) });
  };

  const piece = async (item, on) => {
    const body = item.file.slice(item.offset, item.offset + PIECE);
    const headers = { "Upload-Offset": item.offset, "Content-Type": TYPE };
    const digest = await self.crypto?.subtle?.digest("SHA-256", await body.arrayBuffer());
    if (digest) headers["Upload-Checksum"] = `sha256 ${base64(new Uint8Array(digest))}`;
    return ask(item, on.token, "PATCH", item.url, headers, body, on.moved);
  };

  /* Wait for the connection: twice as long each time; not at all once the device is online or somebody asks (`wake`). */
  const pause = async (item, on) => {
    on.paused();
    if (item.gone) return;
    item.delay = Math.min((item.delay || 500) * 2, LONGEST);
    await new Promise((done) => {
      item.wake = done;
      setTimeout(done, item.delay);
      self.addEventListener("online", done, { once: true });
    });
    if (!item.gone) on.going();
  };

  /* What looks medical is asked about, and then begun anew. */
  const refused = (item, told) => {
    if (told.code !== "looks_medical" || !item.answers) return ["refused", told.detail];
    Object.assign(item, { url: "", offset: 0, unsure: false });
    return ["asked", told.detail];
  };

  /* One step: announce the file, ask how far it is, or send a piece. The end of it as [state, sentence], or null. */
  const step = async (item, on) => {
    const how = !item.url ? "announce" : item.unsure ? "ask" : "piece";
    const asked = how === "announce" ? announce(item, on) : how === "ask" ? ask(item, on.token, "GET", item.url) : piece(item, on);
    const { code, told, offset, url } = await asked;
    Object.assign(item, { code, refusal: told.code });
    if (how === "announce" && code === 201) {
      Object.assign(item, { url, offset: 0, delay: 0 });
      await on.begun?.(item);
    } else if (code === 200 || code === 204) {
      // Of the last piece only asking tells what became of the file.
      Object.assign(item, { offset, delay: 0, unsure: how === "piece" && offset === item.size });
      if (told.state === "received") Object.assign(item, { sha256: told.sha256, receipt: told.receipt });
      if (told.state === "received") return [told.state, told.detail];
      if (told.state === "refused") return refused(item, told);
    } else if (code === 422 || code === 413) {
      return refused(item, told);
    } else if (how !== "announce" && (code === 404 || code === 410)) {
      // Forgotten meanwhile: from the beginning, if it is known for whom.
      Object.assign(item, { url: "", offset: 0, unsure: false });
      if (!item.answers) return ["broken", on.words.broken];
    } else if (code === 0 || code === 423 || code === 429 || code >= 500) {
      item.unsure = true;
      if (!item.gone) await pause(item, on);
    } else if (how === "piece" && (code === 409 || code === 460)) {
      item.unsure = true;
    } else if (code === 400) {
      // Wrong answers are given anew.
      item.answers = null;
      return ["broken", Object.values(told).flat().join(" ")];
    } else {
      return ["broken", told.detail || on.words.broken];
    }
    return null;
  };

  /* Send `item` ({file, name, size, answers, offset; url and `unsure` for one begun earlier}); what became of it. */
  portal.sendInPieces = async (item, on) => {
    let end = null;
    while (!end && !item.gone) {
      // The file was changed or taken away meanwhile: the device does not give it any more.
      try { end = await step(item, on); } catch { end = ["broken", on.words.unreadable]; }
    }
    return end;
  };

  portal.cancelUpload = (item, token) => ask({}, token, "DELETE", item.url);
})();
