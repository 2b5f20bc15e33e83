// Announcements for screen readers, which are collected for a moment.

import { $ } from "./dom.js";
import { count } from "./format.js";

/** The time for which announcements are collected, in milliseconds. */
const DELAY = 1500;

const gathered = new Map();
let timer;

/** Announces a sentence. */
export function say(sentence) {
  gather(sentence, undefined);
}

/** Announces `verb` for a file, or for the number of files with the same verb. */
export function sayOf(verb, name) {
  gather(verb, name);
}

function gather(what, name) {
  const names = gathered.get(what) ?? [];
  gathered.set(what, name === undefined ? names : [...names, name]);
  timer ??= setTimeout(speak, DELAY);
}

function speak() {
  timer = undefined;
  const sentences = [...gathered].map(([what, names]) => {
    if (names.length === 0) {
      return what;
    }
    return names.length === 1 ? `${names[0]} ${what}.` : `${count(names.length, "file")} ${what}.`;
  });
  gathered.clear();
  $("announcements").textContent = sentences.join(" ");
}
