// The sentences of the page: `node --test www/tests`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { shownName } from "../page/format.js";
import { describe, describeAll, describeLimits, explain } from "../page/words.js";

const ID = "4_z27c88f1d182b150646ff0b16_f1004ba650fe24e6b_d20150202_m012345_c000_v0001142_t0041".repeat(4);

test("a refusal is explained with the message of the server or client", () => {
  const refused = { kind: "AccessDenied", serverMessage: "the grant is for names that start with 'u/42/'" };
  assert.equal(explain(refused), "This is not allowed. The grant is for names that start with 'u/42/'.");
  const type = { kind: "ContentTypeNotAllowed", detail: "the content type 'text/html' is not allowed here" };
  assert.match(explain(type), /not allowed here\. The content type 'text\/html'/);
  assert.match(explain({ kind: "Unauthorized", detail: "x", serverMessage: "no" }), /^This is not allowed\. No\.$/);
  assert.doesNotMatch(explain(refused), /session/);
});

test("sizes are formatted, and exact if they would look the same", () => {
  const explained = (size, most) => explain({ kind: "MaxFileSizeExceeded",
    detail: `the file has ${size} bytes, and at most ${most} are allowed here` });
  assert.equal(explained(20_000_000, 6_000_000),
    "The file is too large. The file has 20\u00a0MB, and at most 6\u00a0MB are allowed here.");
  assert.match(explained(6_000_001, 6_000_000), /has 6,000,001\u00a0bytes, and at most 6,000,000\u00a0bytes are/);
  assert.match(explained(700, 1), /has 700\u00a0bytes, and at most 1\u00a0byte are/);
  assert.match(explain({ kind: "InvalidFileName", detail: "'1234567' is no name" }), /1234567/);
});

test("only an end of the session is called one", () => {
  const kinds = ["NoCredential", "WrongKey", "InvalidAuthToken", "AccessDenied", "Unauthorized", "BadRequest",
    "ServiceError", "ConnectionBroken", "Cors", "PagePolicy", "MaxFileSizeExceeded", "ContentTypeNotAllowed", "Offline"];
  const ended = kinds.filter((kind) => explain({ kind }).includes("session"));
  assert.deepEqual(ended, ["NoCredential", "WrongKey", "InvalidAuthToken"]);
  const down = Object.assign(new Error("The server of this page cannot be reached."), { forVisitors: true });
  assert.equal(explain({ kind: "NoCredential", cause: down }), down.message);
});

test("ids are not shown", () => {
  for (const error of [
    { kind: "BadRequest", serverMessage: `No active upload for: ${ID}` },
    { kind: "Unknown", message: `broken: ${ID} (b2_finish_large_file, 400 bad_request)`, detail: "broken" },
    { message: `broken: ${ID}` },
  ]) {
    assert.doesNotMatch(explain(error), /\S{60}/);
  }
});

const progress = (sent, accepted) => ({ hashed: sent, sent, accepted });

test("a row shows the bytes sent, then the bytes confirmed", () => {
  const item = { state: "sending", size: 28_000_000, progress: progress(14_000_000, 5_000_000), rate: 7e5, secondsLeft: 20 };
  assert.equal(describe(item), "14\u00a0MB of 28\u00a0MB sent · 700\u00a0kB/s · 20\u00a0s left");
  assert.match(describe({ ...item, progress: progress(28e6, 5e6) }), /sent · waits until B2 confirms it/);
  assert.equal(describe({ ...item, state: "done" }), "28\u00a0MB stored");
  const error = { kind: "MaxFileSizeExceeded", detail: "the file has 9 bytes, and at most 8 are allowed here" };
  assert.doesNotMatch(describe({ ...item, state: "failed", error }), /stored|sent/);
});

test("a retry is shown while a file is finished", () => {
  const item = { state: "finishing", size: 28_000_000, progress: progress(28e6, 28e6) };
  assert.equal(describe(item), "28\u00a0MB sent · B2 puts it together");
  const retry = { error: { kind: "ConnectionBroken" }, at: Date.now() };
  assert.equal(describe({ ...item, retry }), "28\u00a0MB sent · no connection, trying again");
});

test("marks for the direction of text are escaped", () => {
  assert.equal(shownName("photo\u202egnp.exe"), "photo\\u{202e}gnp.exe");
  assert.equal(shownName("a\tb\u2066.txt"), "a\\u{9}b\\u{2066}.txt");
  assert.equal(shownName("\u05e9\u05dc \u{1f600} e\u0301.txt"), "\u05e9\u05dc \u{1f600} e\u0301.txt");
});

test("the total counts stored files", () => {
  const all = { files: 3, done: 1, failed: 1, sent: 5e6, accepted: 4e6, total: 9e6, rate: 1e6, secondsLeft: 4 };
  assert.equal(describeAll(all), "1 of 3 files stored · 5\u00a0MB of 9\u00a0MB sent · 1 failed · 1\u00a0MB/s · 4\u00a0s left");
  assert.equal(describeAll({ ...all, files: 1, done: 0, total: 0, sent: 0, rate: 0, secondsLeft: undefined }),
    "0 of 1 file stored · 1 failed");
  assert.equal(describeAll({ ...all, done: 3, failed: 0 }), "3 files · 9\u00a0MB stored");
});

test("limits are described", () => {
  assert.equal(describeLimits(undefined), "");
  assert.equal(describeLimits({ maxBytes: 10_000_000_000_000, contentTypes: ["*/*", "b2/x-auto"] }), "");
  assert.equal(describeLimits({ maxBytes: 5e9, contentTypes: ["image/*", "application/pdf"] }),
    "Files of up to 5\u00a0GB. Types: image, application/pdf.");
});
