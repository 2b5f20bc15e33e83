// The rate of an upload, and the time for the rest.

/** The time over which the rate is averaged, and between samples, in milliseconds. */
const WINDOW = 10_000;
const STEP = 250;

/** The first milliseconds are not measured: bytes fill the buffers of the system at once. */
const SETTLE = 1000;

/** The first progress event comes at most so many milliseconds after the first byte. */
const FIRST = 3000;

/** Measures the rate of something that reports its position, in bytes per second over the last seconds. */
export class Pace {
  #samples = [];
  #position = 0;
  #moved = 0;
  /** The time of the start, and of the first movement. */
  #begun;
  #since;
  /** The first sample after that. */
  #first;

  /** Starts to measure at `position`. */
  begin(position = 0, now = performance.now()) {
    this.#position = position;
    this.#restart();
    this.#begun = now;
  }

  #restart() {
    this.#samples = [];
    this.#moved = 0;
    this.#begun = undefined;
    this.#since = undefined;
    this.#first = undefined;
  }

  /**
   * Takes the position in bytes, and returns how many bytes were transferred since the last. The position goes back when an
   * attempt fails: those bytes are sent again, and the rate stays as it was.
   */
  add(position, now = performance.now()) {
    const moved = Math.max(0, position - this.#position);
    this.#position = position;
    const last = this.#samples.at(-1);
    if (now - last?.now > WINDOW) {
      // Samples from before a pause do not count.
      this.#restart();
    }
    this.#moved += moved;
    if (this.#since === undefined && moved > 0) {
      this.#since = Math.max(this.#begun ?? now, now - FIRST);
    }
    if (this.#since === undefined || now - this.#since < SETTLE || now - this.#samples.at(-1)?.now < STEP) {
      return moved;
    }
    this.#first ??= { moved: this.#moved, now };
    this.#samples.push({ moved: this.#moved, now });
    while (this.#samples.length > 2 && now - this.#samples[0].now > WINDOW) {
      this.#samples.shift();
    }
    return moved;
  }

  /** Returns bytes per second, or `undefined` until it is known. It falls while nothing moves. */
  perSecond(now = performance.now()) {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    const measured = last === undefined ? 0 : last.now - first.now;
    if (measured < 2 * STEP) {
      return undefined;
    }
    const gap = measured / (this.#samples.length - 1);
    const silent = now - last.now > 2 * gap + STEP ? now - last.now : 0;
    return ((last.moved - first.moved) / (measured + silent)) * 1000;
  }

  /** Returns the seconds for `bytes` and those in buffers, or `undefined` if it is unknown. */
  secondsFor(bytes, now = performance.now()) {
    const rate = this.perSecond(now);
    return rate > 0 && bytes > 0 ? (bytes + this.#buffered(rate)) / rate : undefined;
  }

  /** Returns the number of bytes in buffers of the system: those that were sent faster than the rate at first. */
  #buffered(rate) {
    const { moved, now } = this.#first;
    return Math.max(0, moved - (rate * (now - this.#since)) / 1000);
  }
}

/** Returns the position of an upload: the bytes that were sent, by this tab or another. */
export function positionOf({ sent, accepted }) {
  return Math.max(sent, accepted);
}
