// Work in pieces, between which the page has its turn.

/** The longest piece of work, in milliseconds: less than a frame. */
const PIECE = 8;

/** Lets a page handle events and render. Timers would be slow in a hidden tab; messages are not. */
function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** Calls `each` for all values, and gives the page its turn in between. It awaits promises that `each` returns. */
export async function inTurns(values, each) {
  let begun = performance.now();
  for (const value of values) {
    const done = each(value);
    if (done !== undefined) {
      await done;
    }
    if (performance.now() - begun > PIECE) {
      await turn();
      begun = performance.now();
    }
  }
}
