// The row of an upload.

import { fromTemplate, setBar, setIcon, setLabel, setText } from "./dom.js";
import { percent, shownName } from "./format.js";
import { t } from "./strings.js";
import { showPicture } from "./thumbnails.js";
import { isWaiting } from "./undo.js";
import { describe, positionOf } from "./words.js";

const ICONS = {
  queued: "wait", left: "wait", offline: "wait", paused: "pause", elsewhere: "tab", done: "done", failed: "failed",
};

/** The actions of the first button: icon, label and, if needed, a visible text. */
const MAIN = {
  pause: ["pause", "pause"],
  resume: ["play", "resume"],
  retry: ["again", "tryAgain", "tryAgain"],
  replace: ["file", "chooseAgain", "chooseAgain"],
  choose: ["file", "chooseSame", "chooseSame"],
  continue: ["play", "goOn", "goOn"],
  undo: ["undo", "undo", "undo"],
};

/** The actions of the second button: icon and label. A bin stands for what is discarded at B2. */
const END = {
  remove: ["close", "removeFromList"],
  forget: ["bin", "discardUpload"],
  cancel: ["bin", "cancelUpload"],
};

/** Errors after which a retry fails again. */
const PERMANENT = new Set([
  "InvalidFileName", "InvalidFileInfo", "MaxFileSizeExceeded", "ContentTypeNotAllowed", "AccessDenied", "Unauthorized",
  "BadRequest", "WasmBlocked", "PagePolicy",
]);

/** Errors after which the visitor can choose the changed file. */
const REPLACEABLE = new Set(["SourceChanged", "Source"]);

/** Returns the actions of the buttons; `undefined` for a hidden button. */
function actionsOf(item) {
  const { state, hasHandle, error } = item;
  if (isWaiting(item)) {
    return { main: "undo" };
  }
  switch (state) {
    case "done":
      return { end: "remove" };
    case "elsewhere":
      return {};
    case "left":
      return { main: hasHandle ? "continue" : "choose", end: "forget" };
    case "paused":
      return { main: "resume", end: "cancel" };
    case "failed":
      if (PERMANENT.has(error?.kind)) {
        return { end: "cancel" };
      }
      return { main: REPLACEABLE.has(error?.kind) ? "replace" : "retry", end: "cancel" };
    default:
      return { main: "pause", end: "cancel" };
  }
}

/** Why actions failed, by item: a row may be created again. */
const complaints = new WeakMap();

export class UploadRow {
  #item;
  #prefix;
  #parts;

  /** Creates a row. `act(item, action)` is called when a button is used. */
  constructor(item, prefix, act) {
    const element = fromTemplate("upload-row");
    this.element = element;
    this.#item = item;
    this.#prefix = prefix;
    const part = (name) => element.querySelector(`.${name}`);
    const [name, bar, main, end] = ["name", "bar", "main", "end"].map(part);
    this.#parts = { icon: part("state"), share: part("percent"), bar, detail: part("detail"), main, end };
    for (const button of [main, end]) {
      button.addEventListener("click", () => act(item, button.dataset.action));
    }
    name.textContent = this.shownName;
    name.title = this.shownName;
    bar.setAttribute("aria-label", this.shownName);
    showPicture(item, part("picture"));
    this.update();
  }

  get shownName() {
    const { name } = this.#item;
    return shownName(name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : name);
  }

  #label(key) {
    return t("labelOf", { action: t(key), name: this.shownName });
  }

  /** Returns whether one of its buttons has the focus. */
  get hasFocus() {
    return this.element.contains(document.activeElement);
  }

  /** Moves the focus to its first button, or to the second if that is wanted. */
  focus(second = false) {
    const { main, end } = this.#parts;
    const button = (second ? [end, main] : [main, end]).find(({ hidden }) => !hidden);
    if (button === undefined) {
      this.element.tabIndex = -1;
    }
    (button ?? this.element).focus();
  }

  /** Shows why an action failed, until the state changes. */
  complain(text) {
    complaints.set(this.#item, { text, state: this.#item.state });
    this.update();
  }

  update() {
    const focused = this.hasFocus ? document.activeElement : undefined;
    const { state, progress, size, name } = this.#item;
    const { icon, share, bar, detail, main, end } = this.#parts;
    const sentShare = state === "done" ? 100 : percent(positionOf(progress), size);
    const complaint = complaints.get(this.#item);
    const text = complaint?.state === state ? complaint.text : describe(this.#item);
    const { hashed, sent, accepted } = progress;
    this.element.classList.toggle("discarded", isWaiting(this.#item));
    Object.assign(this.element.dataset, { file: name, state, size, hashed, sent, accepted, percent: sentShare });
    setIcon(icon, ICONS[state] ?? "up");
    setText(share, `${sentShare} %`);
    setBar(bar, { hashed, sent, accepted, total: size, percent: sentShare, text });
    setText(detail, text);
    const actions = actionsOf(this.#item);
    main.hidden = actions.main === undefined;
    if (actions.main !== undefined) {
      const [shown, label, words] = MAIN[actions.main];
      setIcon(main.firstElementChild, shown);
      setLabel(main, actions.main, this.#label(label), words && t(words));
    }
    end.hidden = actions.end === undefined;
    if (actions.end !== undefined) {
      const [shown, label] = END[actions.end];
      setIcon(end.firstElementChild, shown);
      setLabel(end, actions.end, this.#label(label));
    }
    if (focused?.hidden) {
      this.focus();
    }
  }
}
