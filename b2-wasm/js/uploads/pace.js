// How fast an upload moves, and how long the rest takes.

/** Progress comes in leaps; over so many milliseconds they even out. */
const WINDOW = 10_000;
const STEP = 250;

/** The first bytes fill the buffers of the system at once. So many milliseconds are not measured. */
const SETTLE = 1000;

/** What moves first has begun to move at most so many milliseconds before. */
const FIRST = 3000;

/** Bytes a second over the last seconds, of something whose position is told as it moves. */
export class Pace {
  #samples = [];
  #position = 0;
  #moved = 0;
  /** When it began, and when it began to move. */
  #begun;
  #since;
  /** The first sample after that. */
  #first;

  /** Starts to measure at `position`: what is there already does not count as movement. */
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
   * Takes the position in bytes, and returns how many were moved. It goes back when an attempt was lost: those bytes
   * will move again, and the line is as fast as it was.
   */
  add(position, now = performance.now()) {
    const moved = Math.max(0, position - this.#position);
    this.#position = position;
    const last = this.#samples.at(-1);
    if (now - last?.now > WINDOW) {
      // What was measured before a pause does not count.
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

  /** Bytes a second; `undefined` until it can be known. Falls when nothing moves any more. */
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

  /** How many seconds `bytes` and those in buffers take at this pace; `undefined` where nobody can say. */
  secondsFor(bytes, now = performance.now()) {
    const rate = this.perSecond(now);
    return rate > 0 && bytes > 0 ? (bytes + this.#buffered(rate)) / rate : undefined;
  }

  /** Bytes that have left the page and are not on the line: so many more moved at first than the line takes. */
  #buffered(rate) {
    const { moved, now } = this.#first;
    return Math.max(0, moved - (rate * (now - this.#since)) / 1000);
  }
}

/** Where an upload is: bytes that were sent. What B2 has confirmed was sent, whoever sent it. */
export function positionOf({ sent, accepted }) {
  return Math.max(sent, accepted);
}
