// What the module says about its errors.

/** The data of a `B2Error`, as a plain object. */
export function errorData(kind, message, code, status, retryable, attempts, operation, subject, cause) {
  return { kind, message, code, status, retryable, attempts, operation, subject, cause };
}
