// The few things that every module does with the document.

export const $ = (id) => document.getElementById(id);

/** A copy of a template's element. */
export function fromTemplate(id) {
  return $(id).content.firstElementChild.cloneNode(true);
}

/** Writes only what has changed: a screen reader, a selection and the layout are left in peace. */
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

/** What a button with an icon does, for those who see it and those who do not. */
export function setLabel(button, action, label, visible = "") {
  button.dataset.action = action;
  button.setAttribute("aria-label", label);
  button.title = visible === "" ? label : "";
  const text = button.querySelector("span");
  if (text !== null) {
    setText(text, visible);
  }
}

/** A bar's three layers: what was read, what was sent, what is stored. */
export function setBar(bar, { hashed, sent, accepted, total, percent, text }) {
  const shares = [hashed, Math.max(sent, accepted), accepted];
  const part = (share) => total > 0 ? Math.min(1, share / total) : 0;
  shares.forEach((share, i) => bar.children[i].style.setProperty("--share", part(share)));
  bar.setAttribute("aria-valuenow", percent);
  bar.setAttribute("aria-valuetext", text);
}
