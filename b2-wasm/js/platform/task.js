// Tasks of the module: each is polled when it begins, and whenever it was woken.

/** By number. Those of an instance that has died are never polled again; its successor counts from the start. */
const tasks = new Map();

/** Begins a task: a promise of its end. */
export function begin(id, poll) {
  rouse(id);
  return new Promise((resolve, reject) => tasks.set(id, { poll, resolve, reject }));
}

/** Polls a task soon, if it has not ended. A trap is the end of it, and no exception of the page or the process. */
export function rouse(id) {
  queueMicrotask(() => {
    const task = tasks.get(id);
    try {
      task?.poll();
    } catch (error) {
      tasks.delete(id);
      task.reject(error);
    }
  });
}

/** A task has ended. */
export function settle(id, kept, value) {
  const { resolve, reject } = tasks.get(id);
  tasks.delete(id);
  (kept ? resolve : reject)(value);
}
