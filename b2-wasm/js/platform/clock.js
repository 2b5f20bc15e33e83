// Clock, timers and randomness, as every place where JavaScript runs has them; and whether the network is there.
// Nothing is touched before it is asked for: some places forbid that while a module loads.

/** Browsers take no longer timer. */
const LONGEST = 2 ** 31 - 1;

/** A wall clock that is adjusted by less did not sleep. */
const ADJUSTED = 1000;

let slept = 0;
let skew;

/** Milliseconds on a clock that never goes back, and that counts while the device sleeps. */
export function now() {
  const steady = performance.now();
  // In some systems the steady clock stands still while the device sleeps; the wall clock does not.
  const ahead = Date.now() - steady;
  if (ahead > skew + ADJUSTED) {
    slept += ahead - skew;
  }
  skew = ahead;
  return steady + slept;
}

/** A random number of 64 bits. */
export function seed() {
  return crypto.getRandomValues(new BigUint64Array(1))[0];
}

const running = new Set();
let listening = false;

/** A timer: `over` resolves when it has run out; or earlier, when something has happened to the page. */
export function startTimer(millis) {
  listen();
  let end;
  const over = new Promise((resolve) => {
    end = resolve;
  });
  const id = setTimeout(end, Math.min(Math.ceil(millis), LONGEST));
  running.add(end);
  const cancel = () => {
    clearTimeout(id);
    running.delete(end);
  };
  return { over, cancel };
}

/** After a sleep, or a while in the background, timers are late; these events are not. */
function listen() {
  if (listening || globalThis.navigator?.onLine === undefined) {
    return;
  }
  listening = true;
  const rouse = () => running.forEach((end) => end());
  // That of a document arrives at its window as well.
  for (const name of ["online", "pageshow", "visibilitychange"]) {
    addEventListener(name, rouse);
  }
}

/** A promise that is kept when the device is online; `undefined` if it is, as far as it knows. */
export function whenOnline() {
  if (globalThis.navigator?.onLine !== false) {
    return undefined;
  }
  return new Promise((resolve) => addEventListener("online", resolve, { once: true }));
}
