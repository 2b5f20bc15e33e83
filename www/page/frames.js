// Changes of the document, which may be many, in few frames.

/** The share of the time that goes to changes and their rendering, at most. */
const SHARE = 0.05;

/** The longest time between two frames with changes, in milliseconds. */
const LONGEST = 500;

/** The changes of the next frame, and whether it must not wait. */
let changes = new Set();
let isUrgent = false;
/** The time from which another frame may have changes, and the timer that waits for it. */
let next = 0;
let timer;
/** Whether a frame is requested or rendered. */
let isBusy = false;

/**
 * Returns a function that calls `change` in the next frame, or later if all changes together would take too much of the time. Given
 * `true`, it is in the next frame in any case: for a last change, after which nothing else is shown.
 */
export function inFrames(change) {
  return (isLast = false) => {
    changes.add(change);
    isUrgent ||= isLast;
    if (!isBusy) {
      plan();
    }
  };
}

function plan() {
  const wait = isUrgent ? 0 : next - performance.now();
  if (wait > 0) {
    timer ??= setTimeout(request, wait);
  } else {
    request();
  }
}

function request() {
  clearTimeout(timer);
  timer = undefined;
  isBusy = true;
  requestAnimationFrame(run);
}

function run() {
  const begun = performance.now();
  const all = changes;
  changes = new Set();
  isUrgent = false;
  try {
    all.forEach((change) => change());
  } finally {
    afterwards(begun);
  }
}

/** Plans the next frame once this one has been rendered, which is when the message arrives. */
function afterwards(begun) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    const end = performance.now();
    next = end + Math.min((end - begun) * (1 / SHARE - 1), LONGEST);
    isBusy = false;
    port1.close();
    if (changes.size > 0) {
      plan();
    }
  };
  port2.postMessage(undefined);
}
