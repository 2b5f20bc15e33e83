// Tasks of the module: each is polled when it begins, and whenever it was woken.

/** By number. Those of an instance that has died are never polled again; its successor counts from the start. */
const tasks = new Map();

/** Begins a task: a promise of its end. */
export function begin(id, poll) {
  rouse(id);
  return new Promise((resolve, reject) => tasks.set(id, { poll, resolve, reject }));
}

/** Polls a task soon, if it has not ended. */
export function rouse(id) {
  queueMicrotask(() => tasks.get(id)?.poll());
}

/** A task has ended. */
export function settle(id, kept, value) {
  const { resolve, reject } = tasks.get(id);
  tasks.delete(id);
  (kept ? resolve : reject)(value);
}
