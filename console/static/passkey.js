// Forms with data-passkey ask the browser for a passkey and send its answer. Without scripts, or in a browser that has
// none, they stay hidden, and password and code serve.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  const key = window.PublicKeyCredential;
  if (!key || !key.parseCreationOptionsFromJSON || !key.parseRequestOptionsFromJSON) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const options = JSON.parse(form.dataset.passkey);
    const failed = form.querySelector(".failed");
    failed.hidden = true;
    try {
      const credential = options.rp
        ? await navigator.credentials.create({ publicKey: key.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: key.parseRequestOptionsFromJSON(options) });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      failed.hidden = false; // it was put off, or the phone has none for this address
    }
  });
}
