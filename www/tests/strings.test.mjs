// The sentences of the page in all languages, and their use.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { choose } from "../page/strings.js";

const PAGE = new URL("../page/", import.meta.url);
const read = (path) => readFileSync(new URL(path, PAGE), "utf8");

const languages = Object.fromEntries(await Promise.all(readdirSync(new URL("strings/", PAGE)).map(async (file) => {
  const { default: sentences } = await import(new URL(`strings/${file}`, PAGE));
  return [file.replace(".js", ""), sentences];
})));
const { en: english, ...others } = languages;

const formsOf = (entry) => (typeof entry === "object" ? Object.values(entry) : [entry]);
const placeholders = (form) => [...new Set(form.match(/\{\w+\}/g) ?? [])].sort();

test("every language has every sentence, with the same placeholders", () => {
  assert.deepEqual(Object.keys(others).sort(), ["de", "es"]);
  for (const [language, sentences] of Object.entries(others)) {
    assert.deepEqual(Object.keys(sentences), Object.keys(english), language);
    for (const [key, entry] of Object.entries(english)) {
      assert.equal(typeof sentences[key], typeof entry, `${language}: ${key}`);
      const expected = placeholders(formsOf(entry).join());
      for (const form of formsOf(sentences[key])) {
        assert.deepEqual(placeholders(form), expected, `${language}: ${key}`);
      }
    }
  }
});

test("sentences about numbers have the plural forms of their language", () => {
  for (const [language, sentences] of Object.entries(languages)) {
    const plural = new Intl.PluralRules(language);
    const wanted = new Set([0, 1, 2, 5, 10, 21, 100, 1000].map((count) => plural.select(count)));
    for (const [key, entry] of Object.entries(sentences).filter(([, entry]) => typeof entry === "object")) {
      for (const category of wanted) {
        assert.ok(category in entry, `${language}: ${key} has no form for ${category}`);
      }
    }
  }
});

test("sentences are translated", () => {
  // Words that are the same, or that have no letters of their own.
  const same = /^[A-Z]?[\w-]{0,8}\.?$|^\W*(\{\w+\}\W*)+$|byte/i;
  for (const [language, sentences] of Object.entries(others)) {
    const equal = Object.keys(english).filter((key) =>
      formsOf(english[key]).join() === formsOf(sentences[key]).join() && !same.test(formsOf(english[key])[0]));
    assert.deepEqual(equal, [], language);
  }
});

const modules = readdirSync(PAGE).filter((name) => name.endsWith(".js")).map((name) => [name, read(name)]);
const page = read("index.html");

test("every key that is used exists, and every sentence is used", () => {
  const source = modules.map(([, text]) => text).join("\n");
  for (const [, key] of source.matchAll(/\bt\("(\w+)"/g)) {
    assert.ok(key in english, key);
  }
  const used = new Set([...source.matchAll(/"(\w+)"/g), ...page.matchAll(/data-(?:text|label)="(\w+)"/g)].map(([, key]) => key));
  const unused = Object.keys(english).filter((key) => !used.has(key) && !used.has(key.replace(/(One|Many)$/, "")));
  assert.deepEqual(unused, []);
});

test("the static text of the page is the English one", () => {
  for (const [, key, text] of page.matchAll(/data-text="(\w+)"[^>]*>([^<]*)</g)) {
    assert.equal(text, english[key], key);
  }
  for (const [tag, key] of page.matchAll(/<[^>]*data-label="(\w+)"[^>]*>/g)) {
    assert.ok(tag.includes(`aria-label="${english[key]}"`), tag);
  }
  // All text that visitors see has a key, and so has every label; a browser without JavaScript shows the rest.
  const visible = page.replace(/<(noscript|style|script)[\s\S]*?<\/\1>/g, "").replace(/<!doctype[^>]*>/, "");
  for (const [, tag, text] of visible.matchAll(/(<[^>]*>)([^<]*[a-z][^<]*)/gi)) {
    assert.ok(tag.includes("data-text=") || text.trim() === "", `${tag}${text}`);
  }
  for (const [tag] of visible.matchAll(/<[^>]*\s(?:aria-label|title)="[^>]*>/g)) {
    assert.ok(tag.includes("data-label="), tag);
  }
});

test("no module has a sentence of its own", () => {
  for (const [name, text] of modules) {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
    const sentences = [...code.matchAll(/"([^"\n]*)"|`([^`\n]*)`/g)].map(([, a, b]) => a ?? b)
      .filter((literal) => /[A-Za-z]{2,} [a-z]{2,}/.test(literal) && /^[A-Z]|[.!?]$/.test(literal));
    assert.deepEqual(sentences, [], name);
  }
});

test("the language is the first that the page has", () => {
  assert.equal(choose([null, "de-AT", "en"]), "de");
  assert.equal(choose(["fr", "ES-mx"]), "es");
  assert.equal(choose([null, "fr", "constructor"]), "en");
  assert.equal(choose(["en-GB", "de"]), "en");
});
