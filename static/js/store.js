/* What waits on this device until it is sent, encrypted. Read by pages and by the worker (worker.js).
   A record is for one person and one folder: their ids and the time stand in the clear, names, answers and pictures do not.
   Its key is made of two halves. One is kept here, and no script can read it out of the browser; the other one the
   server tells to nobody but the person signed in (`half`), and the device never keeps it. */
(() => {
  "use strict";
  const portal = (self.portal = self.portal || {});
  const NAME = "portal-photos", TABLES = ["keys", "photos", "bodies"], DAY = 24 * 3600 * 1000, utf8 = new TextEncoder();

  const open = () => new Promise((done, failed) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      TABLES.forEach((name) => request.result.createObjectStore(name));
    };
    request.onsuccess = () => {
      // Whoever wipes the device waits for nobody.
      request.result.onversionchange = () => request.result.close();
      done(request.result);
    };
    request.onerror = () => failed(request.error);
  });

  /* Do `work` with the tables; its answer, once what was written is on disk. */
  const within = async (mode, work) => {
    const database = await open();
    try {
      return await new Promise((done, failed) => {
        const transaction = database.transaction(TABLES, mode);
        const request = work(...TABLES.map((name) => transaction.objectStore(name)));
        transaction.oncomplete = () => done(request?.result);
        transaction.onabort = () => failed(transaction.error);
      });
    } finally {
      database.close();
    }
  };
  const read = (work) => within("readonly", work);
  const write = (work) => within("readwrite", work);

  const keyFor = async ({ who, half }) => {
    const kept = () => read((keys) => keys.get(who));
    let ours = await kept();
    if (!ours) {
      const fresh = await crypto.subtle.importKey("raw", crypto.getRandomValues(new Uint8Array(32)), "HKDF", false, ["deriveKey"]);
      // Of two pages that begin at once the first one's key is kept.
      await write((keys) => { keys.add(fresh, who); }).catch(() => {});
      ours = await kept();
    }
    const how = { name: "HKDF", hash: "SHA-256", salt: utf8.encode(half), info: utf8.encode(who) };
    return crypto.subtle.deriveKey(how, ours, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  };

  /* What is sealed for one place opens nowhere else: neither in another folder nor as somebody else's. */
  const lock = (record, part, iv) => {
    const place = [record.id, record.who, record.folder, record.created, part].join(" ");
    return { name: "AES-GCM", iv, additionalData: utf8.encode(place) };
  };
  const seal = async (key, record, part, bytes) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, bytes: await crypto.subtle.encrypt(lock(record, part, iv), key, bytes) };
  };
  const unseal = (key, record, part, { iv, bytes }) => crypto.subtle.decrypt(lock(record, part, iv), key, bytes);
  const written = (head) => utf8.encode(JSON.stringify(head));
  const remove = (photos, bodies, ids) => ids.forEach((id) => { photos.delete(id); bodies.delete(id); });

  /* The records of `me` ({who, half, days}). A head is what is said of a file: {name, size, type, answers, url …}. */
  portal.store = (me) => {
    let key;
    const opened = () => (key ||= keyFor(me).catch((error) => { key = null; throw error; }));
    const drop = (...ids) => write((keys, photos, bodies) => remove(photos, bodies, ids));
    const all = () => read((keys, photos) => photos.getAll());

    /* What is said of a record; null where this key does not open it. Anything else that fails may do next time. */
    const saidOf = async (record) => {
      const ours = await opened();
      try {
        return JSON.parse(new TextDecoder().decode(await unseal(ours, record, "head", record.head)));
      } catch (error) {
        if (error.name !== "OperationError") throw error;
        return null;
      }
    };
    const waitedTooLong = ({ created }) => created < Date.now() - me.days * DAY;
    /* The records of `me`, the oldest first, each with what is said of it; with null of one that is over. */
    const mine = async () => {
      const rows = (await all()).filter(({ who }) => who === me.who);
      for (const record of rows) record.said = waitedTooLong(record) ? null : await saidOf(record);
      return rows.sort((one, other) => one.created - other.created || one.place - other.place);
    };
    const sweep = async () => {
      const rows = await all();
      await drop(...rows.filter(({ who }) => who !== me.who).map(({ id }) => id));
      await write((keys, photos, bodies) => {
        rows.filter(waitedTooLong).forEach(({ id }) => bodies.delete(id));
        keys.getAllKeys().onsuccess = ({ target }) => target.result.forEach((who) => { if (who !== me.who) keys.delete(who); });
      });
    };

    return {
      drop,
      /* Remove what is another person's, and the pictures that have waited too long: a page tells their owner (`tidy`). */
      sweep,
      /* Keep a file, in place of others (`instead`, their ids) or with none of both done. Returns its id. */
      async keep(folder, head, file, place = 0, instead = []) {
        const record = { id: crypto.randomUUID(), who: me.who, folder, created: Date.now(), place };
        const body = await seal(await opened(), record, "body", await file.arrayBuffer());
        record.head = await seal(await opened(), record, "head", written(head));
        await write((keys, photos, bodies) => {
          remove(photos, bodies, instead);
          photos.put(record, record.id);
          bodies.put(body, record.id);
        });
        return record.id;
      },
      /* Say something else of a file, if it is still here. */
      async change(id, said) {
        const record = await read((keys, photos) => photos.get(id));
        if (!record) return;
        const head = await seal(await opened(), record, "head", written(said));
        await write((keys, photos) => {
          photos.get(id).onsuccess = ({ target }) => { if (target.result) photos.put({ ...target.result, head }, id); };
        });
      },
      /* What is said of each, the oldest first. */
      list: async () => (await mine()).filter(({ said }) => said).map(({ said, id, folder }) => ({ ...said, id, folder })),
      /* The file itself; null when it is no longer here. */
      async file(id) {
        const record = await read((keys, photos) => photos.get(id));
        const body = await read((keys, photos, bodies) => bodies.get(id));
        return record && body ? new Blob([await unseal(await opened(), record, "body", body)]) : null;
      },
      /* Remove what is another person's, what has waited too long and what does not open any more; how many of the latter. */
      async tidy() {
        await sweep();
        const over = (await mine()).filter(({ said }) => !said);
        await drop(...over.map(({ id }) => id));
        return over.length;
      },
    };
  };

  /* How many files of anybody wait here; nobody is asked for a key. */
  portal.waitingHere = () => read((keys, photos) => photos.count());
  portal.wipeStore = () => new Promise((done) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = request.onerror = request.onblocked = done;
  });
})();
