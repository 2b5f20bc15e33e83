// The class of errors.

/** An error: data for the program, and a message for people. */
export class B2Error extends Error {
  /** Each script of the package has a copy of this class; an instance of one is an instance of all. */
  static [Symbol.hasInstance](value) {
    return value instanceof Error && value.name === "B2Error";
  }

  constructor(kind, message, { cause, ...data } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "B2Error";
    this.kind = kind;
    this.detail = data.detail ?? message;
    this.serverMessage = data.serverMessage;
    this.code = data.code;
    this.status = data.status;
    this.retryable = data.retryable ?? false;
    this.attempts = data.attempts ?? 0;
    this.operation = data.operation;
    this.subject = data.subject;
  }
}

/** Returns the error for what the module threw. */
export function fromData(data) {
  if (data instanceof Error) {
    return data;
  }
  if (data === undefined) {
    return new B2Error("Cancelled", "it was cancelled");
  }
  const { kind, message, ...rest } = data;
  return new B2Error(kind, message, rest);
}
