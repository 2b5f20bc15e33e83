// Discards uploads, with some seconds in which that can be undone.

import { $ } from "./dom.js";
import { actLater, forget, isWaiting, undo } from "./undo.js";

const STOPPED = new Set(["paused", "left", "failed"]);

/**
 * Prepares the list `uploads`. Returns `discard(items)`; `changed(item)` is called for each upload whose row changes, and
 * `failed(error)` if B2 does not discard one.
 *
 * Until the time is over, uploads are only paused. If the page is left before, they can be resumed.
 */
export function discarding(uploads, changed, failed) {
  /** Of the uploads that wait: those that were going before, and those that have stopped. */
  const going = new WeakSet();
  const stopped = new WeakSet();

  uploads.addEventListener("change", ({ item }) => {
    if (!isWaiting(item)) {
      return;
    }
    if (STOPPED.has(item.state)) {
      stopped.add(item);
    } else if (item.isOver || stopped.has(item)) {
      // It was complete, or was resumed by other means.
      forget([item]);
    }
  });

  const action = {
    news: "discarding",
    changed,
    act: (item) => uploads.remove(item).catch(failed),
    undone: (item) => going.has(item) && item.resume().catch(failed),
    focus: () => $(uploads.items.length > 0 ? "uploads-title" : "choose-files").focus(),
  };

  return (items) => {
    const discarded = items.filter((item) => !item.isOver && !isWaiting(item));
    for (const item of discarded) {
      const isStopped = STOPPED.has(item.state);
      going[isStopped ? "delete" : "add"](item);
      stopped[isStopped ? "add" : "delete"](item);
    }
    actLater(discarded, action);
    discarded.forEach((item) => item.pause());
  };
}

/** Undoes that an upload is discarded. */
export function keep(item) {
  undo([item]);
}
