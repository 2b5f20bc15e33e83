// Text that is passed to the module, which stores it as UTF-8.

import { B2Error } from "./errors.js";

/**
 * Returns the text. JavaScript allows half of a surrogate pair, which UTF-8 cannot express: it would become U+FFFD, so
 * two names would become one. The message does not show the text, since it may be a key.
 */
export function wellFormed(text) {
  const at = typeof text === "string" ? text.search(/\p{Surrogate}/u) : -1;
  if (at >= 0) {
    const code = text.charCodeAt(at).toString(16).toUpperCase();
    throw new B2Error("InvalidInput",
      `a name or another text has a lone surrogate (U+${code}) at position ${at}, which is no character; leave it out`);
  }
  return text;
}

/**
 * Returns options as JSON. Values that JSON cannot express are an error: `NaN` would silently become `null`, and a
 * function would vanish.
 */
export function toJson(what, options) {
  return JSON.stringify(options, (name, value) => {
    wellFormed(name);
    const isNumber = typeof value === "number" && Number.isFinite(value);
    if (isNumber || ["string", "boolean", "undefined", "object"].includes(typeof value)) {
      return wellFormed(value);
    }
    throw new B2Error("InvalidInput", `${what}: \`${name}\` cannot be ${describe(value)}`);
  });
}

/** Describes a value without showing a text, which may be a key. */
export function describe(value) {
  return ["string", "function"].includes(typeof value) ? `a ${typeof value}` : Object(value) === value ? "an object" : String(value);
}
