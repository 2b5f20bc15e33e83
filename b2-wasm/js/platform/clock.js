// Clock, timers and randomness, as every place where JavaScript runs has them.
// Nothing is touched before it is asked for: some places forbid that while a module loads.

/** Browsers take no longer timer. */
const LONGEST = 2 ** 31 - 1;

/** Milliseconds on a clock that never goes back. */
export function now() {
  return performance.now();
}

/** A random number of 64 bits. */
export function seed() {
  return crypto.getRandomValues(new BigUint64Array(1))[0];
}

/** A timer: `over` resolves when it has run out. */
export function startTimer(millis) {
  let id;
  const over = new Promise((resolve) => {
    id = setTimeout(resolve, Math.min(Math.ceil(millis), LONGEST));
  });
  return { over, cancel: () => clearTimeout(id) };
}
