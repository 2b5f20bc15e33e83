// The rate of uploads over simulated connections: `node --test b2-wasm/tests/unit`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace, positionOf } from "../../js/uploads/pace.js";

/**
 * Sends `total` bytes over a connection of `rate` bytes per second, reports them every `step` milliseconds, and calls
 * `look(seconds, position, left)`. `buffer` bytes are sent at once: they fill the buffers of the system.
 */
function drive({ total, rate, step, buffer = 0, begin = 0 }, look) {
  const pace = new Pace();
  pace.begin(begin, 0);
  const end = ((total - begin) / rate) * 1000;
  for (let now = step; now <= end; now += step) {
    const position = Math.min(total, begin + buffer + (rate * now) / 1000);
    pace.add(position, now);
    look(now / 1000, position, pace.secondsFor(total - position, now), pace.perSecond(now));
  }
}

/** Checks that the remaining time is known after `by` seconds, and is right within a factor of 1.5. */
function isRight(line, by) {
  const { total, rate, buffer = 0 } = line;
  let told = 0;
  drive(line, (seconds, position, left) => {
    const truly = (total - position + buffer) / rate;
    if (left !== undefined && truly > 3) {
      assert.ok(left < truly * 1.5 && left > truly / 1.5, `${seconds} s: ${left} and not ${truly}`);
      told += 1;
    }
    assert.ok(left !== undefined || seconds < by || position === total, `nothing is told at ${seconds} s`);
  });
  assert.ok(told > 0, "nothing was told");
}

test("the time left is right on constant lines", () => {
  isRight({ total: 28_000_000, rate: 700_000, step: 50 }, 2);
  isRight({ total: 28_000_000, rate: 700_000, step: 50, buffer: 2_500_000 }, 2);
  isRight({ total: 5_000_000, rate: 50_000, step: 1_300 }, 5);
  isRight({ total: 1_000_000, rate: 20_000, step: 3_200 }, 12);
  isRight({ total: 10_000_000_000, rate: 110_000_000, step: 10 }, 2);
});

test("what is there already is no speed", () => {
  drive({ total: 100_000_000, rate: 1_000_000, step: 100, begin: 80_000_000 }, (_, __, ___, rate) => {
    assert.ok(rate === undefined || Math.abs(rate - 1_000_000) < 50_000, `${rate}`);
  });
});

test("a lost attempt does not make the line look slower, or go backwards", () => {
  const pace = new Pace();
  pace.begin(0, 0);
  let position = 0;
  for (let now = 0; now <= 20_000; now += 100) {
    position = now === 15_000 ? position - 3_000_000 : position + 100_000;
    pace.add(position, now);
    const rate = pace.perSecond(now);
    assert.ok(rate === undefined || (rate > 900_000 && rate < 1_100_000), `${now}: ${rate}`);
  }
});

test("a line that stands still is said to be slower and slower", () => {
  const pace = new Pace();
  pace.begin(0, 0);
  for (let now = 0; now <= 10_000; now += 100) {
    pace.add(now * 1000, now);
  }
  const rates = [10_500, 15_000, 30_000, 100_000].map((now) => pace.perSecond(now));
  assert.ok(rates.every((rate, i) => i === 0 || rate < rates[i - 1]), rates.join());
  assert.ok(rates[3] < 110_000, `${rates[3]}`);
});

test("a pause is not measured", () => {
  const pace = new Pace();
  pace.begin(0, 0);
  for (let now = 0; now <= 5_000; now += 100) {
    pace.add(now * 1000, now);
  }
  for (let now = 65_000; now <= 70_000; now += 100) {
    pace.add((now - 60_000) * 1000, now);
  }
  assert.ok(Math.abs(pace.perSecond(70_000) - 1_000_000) < 50_000, `${pace.perSecond(70_000)}`);
});

test("nothing is told of nothing", () => {
  const pace = new Pace();
  assert.equal(pace.perSecond(0), undefined);
  assert.equal(pace.secondsFor(5, 0), undefined);
  assert.equal(pace.add(7, 0), 7);
  assert.equal(pace.add(3, 1), 0);
  assert.equal(positionOf({ sent: 0, accepted: 5 }), 5);
});
