// The sentences of the page, in the language of the visitor.

import english from "./strings/en.js";

/** The other languages, which are loaded if they are needed. */
const OTHERS = { de: () => import("./strings/de.js"), es: () => import("./strings/es.js") };

const wanted = choose([
  new URLSearchParams(globalThis.location?.search).get("lang"),
  ...(globalThis.navigator?.languages ?? []),
]);
const loaded = await load();

/** The language of the page: that of `?lang=`, or the first of the browser's that the page has. */
export const language = loaded === undefined ? "en" : wanted;

const sentences = loaded ?? english;
const plural = new Intl.PluralRules(language);
const number = new Intl.NumberFormat(language);

/** Returns the first language of a list that the page has, or English. */
export function choose(tags) {
  const bases = tags.map((tag) => String(tag).toLowerCase().split("-")[0]);
  return bases.find((base) => base === "en" || Object.hasOwn(OTHERS, base)) ?? "en";
}

async function load() {
  try {
    return (await OTHERS[wanted]?.())?.default;
  } catch {
    // English is better than a page without text.
    return undefined;
  }
}

/**
 * Returns a sentence with its placeholders filled in. A sentence that depends on the number `count` has a form for each plural
 * category of the language.
 */
export function t(key, values = {}) {
  const entry = sentences[key];
  const form = typeof entry === "object" ? entry[plural.select(values.count)] ?? entry.other : entry;
  const text = (value) => (typeof value === "number" ? number.format(value) : value);
  return form.replace(/\{(\w+)\}/g, (_, name) => text(values[name]));
}
