// Tells those who listen to a screen reader what happens: rarely, and not every byte.

import { $ } from "./dom.js";
import { count } from "./format.js";

/** So long things are gathered before they are said. */
const GATHER = 1500;

const gathered = new Map();
let timer;

/** Says a sentence soon. */
export function say(sentence) {
  gather(sentence, undefined);
}

/** Says `verb` of a file, or of how many files, if many have the same to tell. */
export function sayOf(verb, name) {
  gather(verb, name);
}

function gather(what, name) {
  const names = gathered.get(what) ?? [];
  gathered.set(what, name === undefined ? names : [...names, name]);
  timer ??= setTimeout(speak, GATHER);
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
