// Changes in frames: `node --test www/tests`.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

const FRAME = 16;

/** The function of a module of its own for each test. */
let inFrames;
let loaded = 0;

/** Begins with a clock at zero, whose frames take 16 ms; nothing else takes time. */
beforeEach(async () => {
  ({ inFrames } = await import(`../page/frames.js?${loaded += 1}`));
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(performance, "now", () => Date.now());
  globalThis.requestAnimationFrame = (run) => setTimeout(run, FRAME);
  globalThis.MessageChannel = class {
    port1 = { close() {} };
    port2 = { postMessage: () => this.port1.onmessage() };
  };
});

/** Returns `change` in frames, where each change takes so many milliseconds, and the times of the changes. */
function observed(takes) {
  const times = [];
  const soon = inFrames(() => {
    times.push(Date.now());
    mock.timers.setTime(Date.now() + takes);
  });
  return { soon, times };
}

test("many calls are one change, in the next frame", () => {
  const { soon, times } = observed(0);
  soon();
  soon();
  mock.timers.tick(FRAME);
  assert.deepEqual(times, [FRAME]);
  mock.timers.tick(1000);
  assert.equal(times.length, 1);
});

test("changes that take long come seldom, and the last one at once", () => {
  const { soon, times } = observed(10);
  soon();
  mock.timers.tick(FRAME);
  assert.equal(times.length, 1);
  // A twentieth of the time may go to changes.
  soon();
  mock.timers.tick(100);
  assert.equal(times.length, 1);
  soon(true);
  soon(true);
  soon();
  mock.timers.tick(FRAME);
  assert.equal(times.length, 2);
  mock.timers.tick(1000);
  assert.equal(times.length, 2);
});

test("changes of several parts of the page share frames, and the time", () => {
  const [one, other] = [observed(5), observed(5)];
  one.soon();
  other.soon();
  mock.timers.tick(FRAME);
  assert.equal(one.times.length, 1);
  assert.equal(other.times.length, 1);
  // Both took 10 ms, so that nothing changes in the next 190.
  other.soon();
  mock.timers.tick(185);
  assert.equal(other.times.length, 1);
  mock.timers.tick(5);
  mock.timers.tick(FRAME);
  assert.equal(other.times.length, 2);
  assert.equal(one.times.length, 1);
});

test("a change that needs another frame is not in the same one", () => {
  let changes = 0;
  const soon = inFrames(() => {
    changes += 1;
    mock.timers.setTime(Date.now() + 5);
    if (changes < 3) {
      soon();
    }
  });
  soon();
  mock.timers.tick(FRAME);
  assert.equal(changes, 1);
  mock.timers.tick(95);
  mock.timers.tick(FRAME);
  assert.equal(changes, 2);
  mock.timers.tick(95);
  mock.timers.tick(FRAME);
  assert.equal(changes, 3);
  mock.timers.tick(1000);
  assert.equal(changes, 3);
});

test("a change that fails does not end the changes after it", () => {
  const { soon, times } = observed(0);
  const failing = inFrames(() => {
    throw new Error("it fails");
  });
  // A browser reports the error of a frame, and does not run it again.
  const errors = [];
  globalThis.requestAnimationFrame = (run) => setTimeout(() => {
    try {
      run();
    } catch (error) {
      errors.push(error.message);
    }
  }, FRAME);
  failing();
  mock.timers.tick(FRAME);
  assert.deepEqual(errors, ["it fails"]);
  soon();
  mock.timers.tick(FRAME);
  assert.equal(times.length, 1);
});
