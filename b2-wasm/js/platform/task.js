// Tasks of the module, and the end of an instance of it.
//
// A trap (a panic, for example) makes an instance of the module unusable, but it must not end the page or the Node process:
// - JavaScript polls the tasks, so that a trap in a task rejects the promise of that task. `spawn_local` of
//   `wasm_bindgen_futures` polls them in Rust, where a trap is an exception that no code can catch, and the promise never
//   settles.
// - Promises and events do not call into an instance that has ended. The generated code would throw, which is an unhandled
//   rejection or an uncaught exception.
// `cargo xtask conformance trap` tests this.

/** The current instance, as `engine.js` describes it. */
let instance = { ended: false, tasks: new Map(), onpanic() {} };

/** Begins a new instance. */
export function start(started) {
  instance = started;
}

/** The instance has panicked; it traps next. */
export function panicked() {
  instance.ended = true;
  instance.onpanic();
}

/** Polls a task until it settles. Returns the promise of its result. */
export function spawn(id, poll) {
  wake(id);
  return new Promise((resolve, reject) => instance.tasks.set(id, { poll, resolve, reject }));
}

/** Polls a task soon. */
export function wake(id) {
  const polled = instance;
  queueMicrotask(() => {
    const task = polled.tasks.get(id);
    if (task === undefined || polled.ended) {
      return;
    }
    try {
      task.poll();
    } catch (error) {
      polled.ended = true;
      polled.tasks.delete(id);
      task.reject(error);
    }
  });
}

/** Resolves the promise of a task. */
export function resolve(id, value) {
  instance.tasks.get(id).resolve(value);
  instance.tasks.delete(id);
}

/** Rejects the promise of a task. */
export function reject(id, reason) {
  instance.tasks.get(id).reject(reason);
  instance.tasks.delete(id);
}

/** Returns a function that calls the callback unless the instance has ended. */
export function guardCallback(callback) {
  const called = instance;
  return (value) => (called.ended ? undefined : callback(value));
}

/** Returns a promise-like object that settles as the promise does, unless the instance has ended. */
export function guardPromise(promise) {
  return { then: (resolved, rejected) => promise.then(guardCallback(resolved), guardCallback(rejected)) };
}
