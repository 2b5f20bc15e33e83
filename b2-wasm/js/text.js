// Text on its way into the module, which keeps it as UTF-8.

import { B2Error } from "./errors.js";

/**
 * The text. JavaScript allows half of a surrogate pair, which UTF-8 cannot say: it would become U+FFFD, so two names
 * would become one. The text itself is not shown, since it may be a key.
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
