// Changes of the document, which may be many, in few frames.

/** The share of the time that goes to a change and its rendering, at most. */
const SHARE = 0.05;

/** The longest time between two changes, in milliseconds. */
const LONGEST = 500;

/**
 * Returns a function that calls `change` in the next frame, or later if that would take too much of the time. Given `true`, it
 * is in the next frame in any case: for a last change, after which nothing else is shown.
 */
export function inFrames(change) {
  let scheduled = false;
  let next = 0;
  let timer;

  function run() {
    const begun = performance.now();
    scheduled = false;
    change();
    // The message arrives when the frame has been rendered.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      const end = performance.now();
      next = end + Math.min((end - begun) * (1 / SHARE - 1), LONGEST);
      port1.close();
    };
    port2.postMessage(undefined);
  }

  function inNextFrame() {
    timer = undefined;
    requestAnimationFrame(run);
  }

  return (isLast = false) => {
    const wait = isLast ? 0 : next - performance.now();
    if (scheduled && (timer === undefined || wait > 0)) {
      return;
    }
    scheduled = true;
    clearTimeout(timer);
    if (wait > 0) {
      timer = setTimeout(inNextFrame, wait);
    } else {
      inNextFrame();
    }
  };
}
