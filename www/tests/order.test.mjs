// The order of the rows: `node --test www/tests`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arranged, placeOf } from "../page/order.js";

test("active uploads come first, and finished ones last", () => {
  const items = ["done", "queued", "paused", "sending", "done", "failed", "hashing", "left", "elsewhere"]
    .map((state, added) => ({ state, added }));
  assert.deepEqual(arranged(items).map(({ state }) => state),
    ["sending", "hashing", "failed", "paused", "left", "queued", "elsewhere", "done", "done"]);
  const done = arranged(items).filter(({ state }) => state === "done");
  assert.deepEqual(done.map(({ added }) => added), [0, 4]);
});

test("every state has a place", () => {
  for (const state of ["queued", "waiting", "hashing", "sending", "finishing", "offline", "paused", "done", "failed", "left",
    "elsewhere", "cancelled"]) {
    assert.equal(typeof placeOf({ state }), "number", state);
  }
});

test("kept rows stay where they are", () => {
  const [a, b, c, d] = ["done", "sending", "queued", "sending"].map((state) => ({ state }));
  assert.deepEqual(arranged([a, b, c, d], [a, c, { state: "done" }]), [a, c, b, d]);
});
