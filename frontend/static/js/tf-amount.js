/* Puts the cursor into the field for another amount when that choice is made with the pointer. */
class TfAmount extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this);
    this.addEventListener("input", this);
  }
  handleEvent(event) {
    const other = this.querySelector('[value="other"]');
    const field = this.querySelector(".amounts__other input");
    /* Arrow keys also fire click on a radio, with detail 0: they must go on to the next choice. */
    if (event.type === "click" && event.target === other && event.detail > 0) field.focus();
    field.required = other.checked;
  }
}
customElements.define("tf-amount", TfAmount);
