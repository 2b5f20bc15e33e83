// Actions that are done in a few seconds, unless the visitor undoes them.

import { $, setText } from "./dom.js";
import { t } from "./strings.js";

/** The time in which they can be undone, in milliseconds. */
const DELAY = 10_000;

/** The actions that wait, by what they concern. */
const waiting = new Map();
let timer;

/** Returns whether an action on `subject` waits. */
export function isWaiting(subject) {
  return waiting.has(subject);
}

/**
 * Calls `act(subject)` for each of `subjects` when the time is over, and not if the page is left before.
 *
 * @param action.news the key of the sentence about the number of subjects
 * @param action.changed called with a subject when it begins and ends to wait
 * @param action.undone called with a subject if the action is undone
 * @param action.focus moves the focus, if the button of the status had it
 */
export function actLater(subjects, action) {
  for (const subject of subjects) {
    waiting.set(subject, action);
    action.changed(subject);
  }
  clearTimeout(timer);
  timer = setTimeout(finish, DELAY);
  show();
}

/** Undoes the actions on `subjects`. */
export function undo(subjects) {
  end(subjects).forEach(([subject, { undone }]) => undone?.(subject));
}

/** Ends the waiting for `subjects` without an action. */
export function forget(subjects) {
  end(subjects);
}

function finish() {
  end([...waiting.keys()]).forEach(([subject, { act }]) => act(subject));
}

/** Removes what waits, and returns its entries. */
function end(subjects) {
  const hadFocus = $("undo").contains(document.activeElement);
  const ended = subjects.filter(isWaiting).map((subject) => [subject, waiting.get(subject)]);
  ended.forEach(([subject]) => waiting.delete(subject));
  ended.forEach(([subject, { changed }]) => changed(subject));
  show();
  if (hadFocus && waiting.size === 0) {
    ended[0]?.[1].focus();
  }
  return ended;
}

function show() {
  const counts = new Map();
  for (const { news } of waiting.values()) {
    counts.set(news, (counts.get(news) ?? 0) + 1);
  }
  const sentences = [...counts].map(([news, count]) => t(news, { count, seconds: DELAY / 1000 }));
  setText($("undo-text"), sentences.join(" "));
  $("undo").hidden = counts.size === 0;
  if (counts.size === 0) {
    clearTimeout(timer);
  }
}

globalThis.addEventListener?.("pagehide", () => forget([...waiting.keys()]));
globalThis.document?.getElementById("undo-button").addEventListener("click", () => undo([...waiting.keys()]));
