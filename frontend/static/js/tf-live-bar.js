/* Asks for the state of a pledge until it is settled, then opens the page that says so.
   It asks every two seconds, then more and more slowly, and stops after ten minutes. */
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 15000;
const GIVE_UP_MS = 600000;

class TfLiveBar extends HTMLElement {
  connectedCallback() {
    this.started = Date.now();
    this.wait(FIRST_WAIT_MS);
  }
  disconnectedCallback() {
    clearTimeout(this.timer);
  }
  wait(pause) {
    if (Date.now() - this.started > GIVE_UP_MS) return;
    this.timer = setTimeout(() => this.look(pause), pause);
  }
  async look(pause) {
    const answer = await this.ask();
    if (!this.isConnected) return;
    if (answer?.settled) {
      location.assign(this.querySelector("a").href);
      return;
    }
    const text = this.querySelector("[data-text]");
    if (answer?.text && text.textContent !== answer.text) text.textContent = answer.text;
    this.wait(Math.min(pause * 1.25, LONGEST_WAIT_MS));
  }
  async ask() {
    try {
      const response = await fetch(this.dataset.source, { headers: { Accept: "application/json" } });
      return response.ok ? await response.json() : null;
    } catch {
      return null; /* Offline: the next look may do better. */
    }
  }
}
customElements.define("tf-live-bar", TfLiveBar);
