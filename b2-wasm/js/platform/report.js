// What the module says about its errors.

/** The data of a `B2Error`, as a plain object. */
export function errorData(
  kind, message, detail, serverMessage, code, status, retryable, attempts, operation, subject, cause,
) {
  return { kind, message, detail, serverMessage, code, status, retryable, attempts, operation, subject, cause };
}
