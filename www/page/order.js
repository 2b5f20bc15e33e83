// The order of the rows of uploads.

/**
 * The states of uploads in the order of their rows: running, failed, stopped, queued, of other
 * tabs, and complete.
 */
const ORDER = [
  ["waiting", "hashing", "sending", "finishing", "offline"],
  ["failed"],
  ["paused", "left"],
  ["queued"],
  ["elsewhere"],
  ["done", "cancelled"],
];

const PLACES = new Map(ORDER.flatMap((states, place) => states.map((state) => [state, place])));

/** Returns the place of an upload among the groups of states. */
export function placeOf({ state }) {
  return PLACES.get(state);
}

/**
 * Returns uploads in the order of their rows: first those of `kept`, in its order, and then the others by their groups, those of a
 * group in the order in which they were added.
 */
export function arranged(items, kept = []) {
  const rest = new Set(items);
  const first = kept.filter((item) => rest.delete(item));
  const groups = ORDER.map(() => []);
  rest.forEach((item) => groups[placeOf(item)].push(item));
  return [...first, ...groups.flat()];
}
