/* Asks the browser for a passkey and posts its answer with the form inside. The button stands in
   its place from the start, so that nothing moves when it begins to work. */
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

function asked({ publicKey }) {
  const options = { ...publicKey, challenge: bytes(publicKey.challenge) };
  if (publicKey.user) options.user = { ...publicKey.user, id: bytes(publicKey.user.id) };
  if (publicKey.allowCredentials) options.allowCredentials = known(publicKey.allowCredentials);
  // Kept on the device, so that signing in needs no name first.
  if (publicKey.user) options.authenticatorSelection = { ...publicKey.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
  if (publicKey.excludeCredentials) options.excludeCredentials = known(publicKey.excludeCredentials);
  return options;
}

function answered(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return { id: credential.id, rawId: credential.id, type: credential.type, response, clientExtensionResults: credential.getClientExtensionResults() };
}

class TfPasskey extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    button.hidden = !window.PublicKeyCredential;
    button.disabled = false;
    button.addEventListener("click", this);
    if (button.hidden) this.querySelector("[role=status]").textContent = this.dataset.unknown;
  }
  async handleEvent() {
    const status = this.querySelector("[role=status]");
    status.textContent = "";
    try {
      const publicKey = asked(await this.challenge());
      const credential = await navigator.credentials[this.dataset.act]({ publicKey });
      this.querySelector("[name=credential]").value = JSON.stringify(answered(credential));
      this.querySelector("form").submit();
    } catch {
      status.textContent = this.dataset.failed;
    }
  }
  async challenge() {
    const { ask, challenge, act } = this.dataset;
    if (!ask) return JSON.parse(document.getElementById(challenge).textContent)[act === "get" ? "request_options" : "creation_options"];
    const answer = await fetch(ask, { headers: { Accept: "application/json" } });
    return (await answer.json()).request_options;
  }
}
customElements.define("tf-passkey", TfPasskey);
