// Announcements for screen readers, which are collected for a moment.

import { $ } from "./dom.js";
import { t } from "./strings.js";

/** The time for which announcements are collected, in milliseconds. */
const DELAY = 1500;

const gathered = new Map();
let timer;

/** Announces a sentence. */
export function say(sentence) {
  gather(sentence, undefined);
}

/** Announces what became of a file (`uploadedOne`), or of the number of files with the same news (`uploadedMany`). */
export function sayOf(news, name) {
  gather(news, name);
}

function gather(what, name) {
  const names = gathered.get(what) ?? [];
  gathered.set(what, names);
  if (name !== undefined) {
    names.push(name);
  }
  timer ??= setTimeout(speak, DELAY);
}

function speak() {
  timer = undefined;
  const sentences = [...gathered].map(([what, names]) => {
    if (names.length === 0) {
      return what;
    }
    return names.length === 1 ? t(`${what}One`, { name: names[0] }) : t(`${what}Many`, { count: names.length });
  });
  gathered.clear();
  $("announcements").textContent = sentences.join(" ");
}
