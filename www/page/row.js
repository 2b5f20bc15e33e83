// One upload on the page.

import { fromTemplate, setBar, setIcon, setLabel, setText } from "./dom.js";
import { percent } from "./format.js";
import { describe } from "./words.js";

const ICONS = { done: "done", failed: "failed", paused: "pause", elsewhere: "tab", left: "wait", queued: "wait", offline: "wait" };

/** What the first button does, by state: an action, its icon, its label; and a visible one, where an icon says too little. */
const ACTIONS = {
  queued: ["pause", "pause", "Pause"],
  paused: ["resume", "play", "Resume"],
  failed: ["retry", "again", "Try again", "Try again"],
  replace: ["replace", "file", "Choose again", "Choose again"],
  left: ["choose", "file", "Choose the same file", "Choose the file"],
  leftHandle: ["continue", "play", "Continue", "Continue"],
  none: undefined,
  done: undefined,
  elsewhere: undefined,
};

/** After these errors it does not help to try the same again; a file that has changed can be chosen again. */
const HOPELESS = new Set(["InvalidFileName", "InvalidFileInfo", "MaxFileSizeExceeded", "BadRequest", "WasmBlocked"]);
const CHOOSE_AGAIN = new Set(["SourceChanged", "Source"]);

/** What the second button does. */
const ENDS = { done: ["remove", "Remove from the list"], left: ["forget", "Forget"], elsewhere: undefined };

export class UploadRow {
  #item;
  #prefix;
  #parts;
  #complaint;

  /** `act(item, action)` is called when a button is used. */
  constructor(item, prefix, act) {
    const element = fromTemplate("upload-row");
    this.element = element;
    this.#item = item;
    this.#prefix = prefix;
    const [icon, name, share, bar, detail, main, end] = [".state", ".name", ".percent", ".bar", ".detail", ".main", ".end"]
      .map((selector) => element.querySelector(selector));
    this.#parts = { icon, name, share, bar, detail, main, end };
    for (const button of [main, end]) {
      button.addEventListener("click", () => act(item, button.dataset.action));
    }
    name.textContent = this.shownName;
    name.title = this.shownName;
    bar.setAttribute("aria-label", this.shownName);
    this.update();
  }

  get shownName() {
    const { name } = this.#item;
    return name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : name;
  }

  /** Whether one of its buttons has the focus. */
  get hasFocus() {
    return this.element.contains(document.activeElement);
  }

  /** Gives the focus to its first button. */
  focus() {
    const { main, end } = this.#parts;
    (main.hidden ? end : main).focus();
  }

  /** Says why a button did not do it, until something else happens. */
  complain(text) {
    this.#complaint = { text, state: this.#item.state };
    this.update();
  }

  /** What the first button depends on. */
  #situation() {
    const { state, hasHandle, error } = this.#item;
    if (state === "left" && hasHandle) {
      return "leftHandle";
    }
    if (state === "failed" && CHOOSE_AGAIN.has(error?.kind)) {
      return "replace";
    }
    if (state === "failed" && HOPELESS.has(error?.kind)) {
      return "none";
    }
    return state in ACTIONS ? state : "queued";
  }

  update() {
    const { state, progress, size, name } = this.#item;
    const { icon, share, bar, detail, main, end } = this.#parts;
    const stored = state === "done" ? 100 : percent(progress.accepted, size);
    const text = this.#complaint?.state === state ? this.#complaint.text : describe(this.#item);
    Object.assign(this.element.dataset, {
      file: name, state, size, hashed: progress.hashed, sent: progress.sent, accepted: progress.accepted, percent: stored,
    });
    setIcon(icon, ICONS[state] ?? "up");
    setText(share, `${stored} %`);
    setBar(bar, { ...progress, total: size, percent: stored, text });
    setText(detail, text);
    this.#button(main, ACTIONS[this.#situation()]);
    this.#endButton(end, state in ENDS ? ENDS[state] : ["cancel", "Cancel"]);
  }

  #button(button, choice) {
    button.hidden = choice === undefined;
    if (choice !== undefined) {
      const [action, icon, label, visible] = choice;
      setIcon(button.firstElementChild, icon);
      setLabel(button, action, `${label}: ${this.shownName}`, visible);
    }
  }

  #endButton(button, choice) {
    button.hidden = choice === undefined;
    if (choice !== undefined) {
      const [action, label] = choice;
      setLabel(button, action, `${label}: ${this.shownName}`);
    }
  }
}
