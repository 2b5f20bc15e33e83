// Hooks of React for lists of uploads. The package of React is the application's.

import { useSyncExternalStore } from "react";

/** The least time between two renderings for progress, in milliseconds. Changes of states are rendered at once. */
const EVERY = 100;
/** How often rates and remaining times are read while something is uploaded, in milliseconds. */
const TICK = 1_000;

const NO_ITEMS = Object.freeze([]);
const NOTHING = Object.freeze({
  files: 0, done: 0, failed: 0, hashed: 0, sent: 0, accepted: 0, total: 0, fraction: 0, rate: 0, secondsLeft: undefined,
});

/** The stores of lists and items, by what they observe. */
const membership = new WeakMap();
const totals = new WeakMap();
const items = new WeakMap();

/**
 * A snapshot for React: the same object until what it describes changes. While components observe it, it is replaced only before
 * they are notified, so all of them render the same.
 */
class Store {
  #target;
  #events;
  #read;
  #isUrgent;
  #isMoving;
  #observers = new Set();
  #snapshot;
  #isStale = true;
  /** When the snapshot was read. */
  #readAt = -Infinity;
  /** Whether observers are notified at the end of this task. */
  #isDue = false;
  #later;
  #tick;

  /**
   * @param target what dispatches `events`
   * @param read returns the present snapshot, given the last one
   * @param isUrgent whether the last snapshot is to be replaced at once, and not a little later
   * @param isMoving whether the snapshot changes without events
   */
  constructor(target, events, { read, isUrgent = () => true, isMoving = () => false }) {
    this.#target = target;
    this.#events = events;
    this.#read = read;
    this.#isUrgent = isUrgent;
    this.#isMoving = isMoving;
  }

  subscribe = (observer) => {
    if (this.#observers.size === 0) {
      // Events before this were not observed.
      this.#isStale = true;
      this.#events.forEach((event) => this.#target.addEventListener(event, this.#changed));
    }
    this.#observers.add(observer);
    this.#keepTicking();
    return () => {
      this.#observers.delete(observer);
      if (this.#observers.size === 0) {
        this.#events.forEach((event) => this.#target.removeEventListener(event, this.#changed));
        clearTimeout(this.#later);
        clearTimeout(this.#tick);
        this.#later = undefined;
        this.#tick = undefined;
      }
    };
  };

  snapshot = () => {
    // Without observers there are no events. React reads twice, and must get the same.
    const isOld = this.#observers.size === 0 && performance.now() - this.#readAt > EVERY;
    if (this.#isStale || isOld) {
      this.#snapshot = this.#read(this.#snapshot);
      this.#isStale = false;
      this.#readAt = performance.now();
    }
    return this.#snapshot;
  };

  #changed = () => {
    if (!this.#isUrgent(this.#snapshot)) {
      this.#later ??= setTimeout(() => this.#notify(), EVERY);
    } else if (!this.#isDue) {
      // Thousands of files can be added at once.
      this.#isDue = true;
      queueMicrotask(() => this.#notify());
    }
    this.#keepTicking();
  };

  #keepTicking() {
    if (this.#tick === undefined && this.#isMoving()) {
      this.#tick = setTimeout(() => {
        this.#tick = undefined;
        this.#notify();
        this.#keepTicking();
      }, TICK);
    }
  }

  #notify() {
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#isDue = false;
    this.#isStale = true;
    [...this.#observers].forEach((observer) => observer());
  }
}

/** Returns the store of a list or an item, creating it at first. */
function storeOf(stores, target, create) {
  let store = stores.get(target);
  if (store === undefined) {
    store = create();
    stores.set(target, store);
  }
  return store;
}

/** Returns the last value if the next one has the same fields. */
function unlessEqual(last, next) {
  return last !== undefined && Object.keys(next).every((name) => Object.is(last[name], next[name])) ? last : next;
}

/** Returns the last array if the next one has the same elements. */
function unlessSame(last, next) {
  return last?.length === next.length && next.every((element, i) => element === last[i]) ? last : Object.freeze([...next]);
}

const none = () => () => {};

/** Returns the uploads of a list. */
export function useUploads(uploads) {
  const store = uploads && storeOf(membership, uploads, () => new Store(uploads, ["added", "removed"], {
    read: (last) => unlessSame(last, uploads.items),
  }));
  return useSyncExternalStore(store?.subscribe ?? none, store?.snapshot ?? noItems, noItems);
}

/** Returns the total progress of a list. */
export function useUploadsProgress(uploads) {
  const store = uploads && storeOf(totals, uploads, () => new Store(uploads, ["added", "change", "removed"], {
    read: (last) => unlessEqual(last, uploads.progress),
    isUrgent: () => false,
    isMoving: () => uploads.items.some(({ isMoving }) => isMoving),
  }));
  return useSyncExternalStore(store?.subscribe ?? none, store?.snapshot ?? nothing, nothing);
}

/** Returns the state of an upload. */
export function useUpload(item) {
  const { subscribe, snapshot } = storeOf(items, item, () => {
    let progress;
    const read = (last) => {
      const { id, name, size, state, rate, secondsLeft, retry, error, version } = item;
      progress = progress === undefined ? item.progress : unlessEqual(progress, item.progress);
      return unlessEqual(last, Object.freeze({ item, id, name, size, state, progress, rate, secondsLeft, retry, error, version }));
    };
    return new Store(item, ["change"], {
      read,
      isUrgent: (last) => last?.state !== item.state || last?.retry !== item.retry,
      isMoving: () => item.isMoving,
    });
  });
  return useSyncExternalStore(subscribe, snapshot, snapshot);
}

function noItems() {
  return NO_ITEMS;
}

function nothing() {
  return NOTHING;
}
