// The examples of the pages.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/** The pages with examples in JavaScript. */
export const PAGES = ["README.md", "b2-sim/TESTING.md", "b2-wasm/README.md", "www/README.md", "www/gateway/README.md"];

/** Returns the code blocks of a page in these languages, without the indentation of lists, with the lines at which they begin. */
export function examplesOf(page, ...languages) {
  const text = readFileSync(join(ROOT, page), "utf8");
  const blocks = text.matchAll(new RegExp(`^( *)\`\`\`(?:${languages.join("|")})\n(.*?)^\\1\`\`\`$`, "gms"));
  return [...blocks].map(({ index, 1: indent, 2: code }) => ({
    page, line: text.slice(0, index).split("\n").length + 1, code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

/** Returns the one example in JavaScript that contains a phrase. */
export function exampleWith(phrase) {
  const found = PAGES.flatMap((page) => examplesOf(page, "jsx?", "tsx?")).filter(({ code }) => code.includes(phrase));
  if (found.length !== 1) {
    throw new Error(`${found.length} examples contain ${phrase}`);
  }
  return found[0];
}

/** Returns the name of an example in messages, which is also the name of a file. */
export function nameOf({ page, line }) {
  return `${page.replaceAll("/", "-").replace(".md", "")}-line-${line}`;
}
