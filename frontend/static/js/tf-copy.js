/* Copies the address in its field and says so. The button is hidden where it cannot work. */
class TfCopy extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard) return;
    this.querySelector("button").hidden = false;
    this.addEventListener("click", this);
  }
  async handleEvent(event) {
    if (!event.target.closest("button")) return;
    const field = this.querySelector("input");
    field.select();
    await navigator.clipboard.writeText(field.value);
    this.querySelector("[role=status]").textContent = this.dataset.copied;
  }
}
customElements.define("tf-copy", TfCopy);
