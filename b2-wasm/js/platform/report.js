// What the module says about its errors.

/** The data of a `B2Error`, as a plain object. */
export function errorData(kind, message, code, status, retryable, attempts, operation, subject) {
  return { kind, message, code, status, retryable, attempts, operation, subject };
}
