// How fast bytes leave.

/** Progress comes in leaps; over so many milliseconds they even out. */
const WINDOW = 10_000;
const STEP = 250;

/** Bytes a second, over the last seconds. */
export class Rate {
  #samples = [];

  /** `sent`: how many bytes have left so far. It goes back when an attempt was lost. */
  add(sent, now = performance.now()) {
    const last = this.#samples.at(-1);
    if (last !== undefined && now - last.now < STEP) {
      return;
    }
    this.#samples.push({ sent, now });
    while (this.#samples.length > 2 && now - this.#samples[0].now > WINDOW) {
      this.#samples.shift();
    }
  }

  /** After a pause nothing that was measured before it counts. */
  reset() {
    this.#samples = [];
  }

  get perSecond() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    const millis = last === undefined ? 0 : last.now - first.now;
    return millis < 2 * STEP ? undefined : Math.max(0, ((last.sent - first.sent) / millis) * 1000);
  }
}
