// The ends of instances by a panic.

const listeners = [];

/** A number for a new instance, under which `listener` hears of its end. */
export function numbered(listener) {
  return listeners.push(listener) - 1;
}

/** The module says that it has panicked; it traps next. */
export function died(instance) {
  listeners[instance]();
}
