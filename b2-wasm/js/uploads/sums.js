// The sums over the uploads of a list, which each change of an upload adjusts.

import { positionOf } from "./pace.js";
import { GOING } from "./states.js";

/** The sums over uploads: of thousands, none is looked at again. */
export class Sums {
  /** The number of uploads that make progress. */
  moving = 0;
  /** The number of bytes that are still to be sent. */
  rest = 0;
  #parts = new Map();
  #states = new Map();
  #total = { files: 0, done: 0, failed: 0, hashed: 0, sent: 0, accepted: 0, total: 0 };

  /** The sum of the uploads of this tab, without those that were cancelled. Bytes of failed uploads are not in it. */
  get total() {
    return { ...this.#total };
  }

  /** Returns the number of uploads in these states. */
  count(states) {
    return states.reduce((sum, state) => sum + (this.#states.get(state) ?? 0), 0);
  }

  /** Takes an upload as it is now. */
  update(item) {
    this.remove(item);
    const part = partOf(item);
    this.#parts.set(item, part);
    this.#add(part, 1);
  }

  remove(item) {
    const part = this.#parts.get(item);
    if (part !== undefined) {
      this.#parts.delete(item);
      this.#add(part, -1);
    }
  }

  #add({ state, moving, rest, ...part }, sign) {
    this.#states.set(state, (this.#states.get(state) ?? 0) + sign);
    this.moving += sign * moving;
    this.rest += sign * rest;
    for (const name of Object.keys(part)) {
      this.#total[name] += sign * part[name];
    }
  }
}

/** Returns what an upload adds to the sums. */
function partOf({ state, isHere, isMoving, progress, size }) {
  const part = { state, moving: Number(isMoving), rest: 0 };
  if (!isHere || state === "cancelled") {
    return part;
  }
  if (state === "failed") {
    return { ...part, files: 1, failed: 1 };
  }
  const sent = positionOf(progress);
  const { hashed, accepted } = progress;
  const rest = GOING.has(state) ? size - sent : 0;
  return { ...part, files: 1, done: Number(state === "done"), hashed, sent, accepted, total: size, rest };
}
