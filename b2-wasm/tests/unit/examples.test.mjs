// The examples and pages of the repository: names of buckets that B2 accepts, and names of tests that exist.

import { ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const read = (path) => readFileSync(join(ROOT, path), "utf8");

const tracked = (...patterns) =>
  execFileSync("git", ["ls-files", "--", ...patterns], { cwd: ROOT, encoding: "utf8" }).split("\n").filter(Boolean);

/** Where examples name a bucket. */
const NAMED = [
  /b2:\/\/([^/\s"'`>)]+)/g, /--bucket ([\w.-]+)/g, /\bbucket\("([^"]+)"\)/g, /\bbucket: "([^"]+)"/g, /B2_BUCKET = "([^"]+)"/g,
  /\bbucket create (?:--\S+ )*([\w.-]+)/g, /\bcreateBucket\("([^"]+)"/g, /\bcreate_bucket\("([^"]+)"/g,
];

/** Whether B2 accepts the name of a bucket: 6 to 63 letters, digits, hyphens and dots, not starting with `b2-`. */
const isAccepted = (name) => /^(?!b2-)[A-Za-z\d][A-Za-z\d.-]{5,62}$/i.test(name);

test("examples name buckets that B2 accepts", () => {
  const wrong = [];
  const pages = tracked("*.md", "www/gateway/*", "*/examples/*.rs").map((path) => [path, read(path)]);
  const documentation = tracked("b2-client/src/**.rs", "b2-native/src/**.rs", "b2-proto/src/**.rs", "b2-object-store/src/**.rs")
    .map((path) => [path, read(path).split("\n").filter((line) => /^\s*\/\/[/!]/.test(line)).join("\n")]);
  for (const [path, text] of [...pages, ...documentation]) {
    for (const pattern of NAMED) {
      for (const [, name] of text.matchAll(pattern)) {
        // Capitals and braces stand for a name.
        if (!isAccepted(name) && !/^[A-Z_]+$|[{$…<]/.test(name)) {
          wrong.push(`${path}: ${name}`);
        }
      }
    }
  }
  ok(wrong.length === 0, wrong.join("\n"));
});

test("the page about threats names tests that exist", () => {
  const rows = read("www/gateway/THREATS.md").split("\n").filter((line) => line.startsWith("| ") && !/^\| (---|what may)/.test(line));
  ok(rows.length > 20, `${rows.length} rows`);
  for (const row of rows) {
    const names = [...row.matchAll(/`([a-z]+)::([a-z_\d]+)`/g)];
    ok(names.length > 0, `no test: ${row}`);
    for (const [, file, name] of names) {
      ok(read(`tests/tests/gateway/${file}.rs`).includes(`#[test]\nfn ${name}()`), `there is no test ${file}::${name}`);
    }
  }
});
