/* Passkeys and security keys: asks the browser, writes its answer into the form, sends it. */
(() => {
  "use strict";
  const known = window.PublicKeyCredential && navigator.credentials;

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };
  const text = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  /* The server writes bytes as base64url; the browser wants them as bytes. */
  const read = ({ publicKey }) => {
    const options = { ...publicKey, challenge: bytes(publicKey.challenge) };
    if (options.user) options.user = { ...options.user, id: bytes(options.user.id) };
    for (const list of ["allowCredentials", "excludeCredentials"]) {
      if (options[list]) options[list] = options[list].map((each) => ({ ...each, id: bytes(each.id) }));
    }
    return { publicKey: options };
  };
  const write = (credential) => {
    const { response } = credential;
    const answer = { clientDataJSON: text(response.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[part]) answer[part] = text(response[part]);
    }
    const { credProps } = credential.getClientExtensionResults();
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response: answer,
      clientExtensionResults: credProps ? { credProps } : {},
    };
  };

  const optionsOf = async (form) => {
    if (form.dataset.options) return JSON.parse(form.dataset.options);
    const headers = { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value };
    const answer = await fetch(form.dataset.optionsUrl, { method: "POST", headers });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };
  const show = (form, what) => {
    const words = form.querySelector(`[data-passkey-${what}]`);
    words.hidden = false;
    window.portal?.announce(words.textContent, true);
  };

  const ask = async (form) => {
    form.querySelector("[data-passkey-failed]").hidden = true;
    try {
      const options = read(await optionsOf(form));
      const credential = await navigator.credentials[form.dataset.passkey](options);
      form.querySelector("[name=credential]").value = JSON.stringify(write(credential));
    } catch {
      /* Refused, run out of time, or no such passkey here: the browser does not say which. */
      show(form, "failed");
      return;
    }
    form.requestSubmit();
  };

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    const button = form.querySelector("[data-passkey-ask]");
    form.querySelector("[data-passkey-scriptless]").hidden = true;
    if (!known) {
      button.disabled = true;
      show(form, "missing");
      return;
    }
    button.addEventListener("click", () => ask(form));
    /* Enter in a field of this form means the button, too. */
    form.addEventListener("submit", (event) => {
      if (form.querySelector("[name=credential]").value) return;
      event.preventDefault();
      event.stopPropagation();
      ask(form);
    });
  });
})();
