// Helpers for the document.

export const $ = (id) => document.getElementById(id);

/** Returns a copy of the element of a template. */
export function fromTemplate(id) {
  return $(id).content.firstElementChild.cloneNode(true);
}

/** Sets a text if it has changed, so that screen readers, selections and the layout are not affected otherwise. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function setIcon(svg, name) {
  const href = `#icon-${name}`;
  const use = svg.firstElementChild;
  if (use.getAttribute("href") !== href) {
    use.setAttribute("href", href);
  }
}

/** Sets the action of a button, its accessible label, and its visible text. */
export function setLabel(button, action, label, visible = "") {
  button.dataset.action = action;
  button.setAttribute("aria-label", label);
  button.title = visible === "" ? label : "";
  const text = button.querySelector("span");
  if (text !== null) {
    setText(text, visible);
  }
}

/** Sets the three layers of a progress bar: bytes hashed, sent and accepted. */
export function setBar(bar, { hashed, sent, accepted, total, percent, text }) {
  const shares = [hashed, Math.max(sent, accepted), accepted];
  const part = (share) => total > 0 ? Math.min(1, share / total) : 0;
  shares.forEach((share, i) => bar.children[i].style.setProperty("--share", part(share)));
  bar.setAttribute("aria-valuenow", percent);
  bar.setAttribute("aria-valuetext", text);
}
