// The sums over a list of uploads: `node --test b2-wasm/tests/unit`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Sums } from "../../js/uploads/sums.js";

const STATES = ["queued", "waiting", "hashing", "sending", "finishing", "offline", "paused", "done", "failed", "cancelled",
  "left", "elsewhere"];
const HERE = STATES.slice(0, 10);
const GOING = STATES.slice(0, 6);

/** Returns a number below `below`, always the same ones in the same order. */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
}

/** What the sums have to be, from all items. */
function expected(items) {
  const here = items.filter(({ state }) => HERE.includes(state) && state !== "cancelled");
  const counted = here.filter(({ state }) => state !== "failed");
  const sum = (of) => counted.reduce((total, item) => total + of(item), 0);
  const position = ({ progress }) => Math.max(progress.sent, progress.accepted);
  return {
    files: here.length,
    done: here.filter(({ state }) => state === "done").length,
    failed: here.length - counted.length,
    hashed: sum(({ progress }) => progress.hashed),
    sent: sum(position),
    accepted: sum(({ progress }) => progress.accepted),
    total: sum(({ size }) => size),
    rest: sum((item) => GOING.includes(item.state) ? item.size - position(item) : 0),
  };
}

test("sums follow every change of every item", () => {
  const [sums, number] = [new Sums(), numbers(7)];
  const items = [];
  for (let step = 0; step < 5_000; step += 1) {
    const kind = items.length < 20 ? 0 : number(10);
    if (kind === 0) {
      items.push({ size: 1_000 });
    }
    const at = kind === 0 ? items.length - 1 : number(items.length);
    if (kind === 1) {
      sums.remove(items.splice(at, 1)[0]);
      continue;
    }
    const state = STATES[number(STATES.length)];
    const progress = { hashed: number(1_000), sent: number(1_000), accepted: number(1_000) };
    Object.assign(items[at], { state, progress, isHere: HERE.includes(state), isMoving: number(2) === 1 });
    sums.update(items[at]);
    const { rest, ...total } = expected(items);
    assert.deepEqual(sums.total, total);
    assert.equal(sums.rest, rest);
    assert.equal(sums.moving, items.filter(({ isMoving }) => isMoving).length);
    assert.equal(sums.count(["queued", "left"]), items.filter((item) => ["queued", "left"].includes(item.state)).length);
  }
});
