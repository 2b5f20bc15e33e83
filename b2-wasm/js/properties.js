// The encryption and the lock of files, in the form that the module reads.

import { OBJECT, TEXT, invalid } from "./options.js";
import { describe } from "./text.js";

/** The options of new files that have an encryption and a lock. */
export const LOCKS = { encryption: OBJECT, fileRetention: OBJECT, legalHold: TEXT };

/** Returns the options of a new file, with its encryption and lock in the form that the module reads. */
export function propertiesOf(what, { encryption, sourceEncryption, fileRetention, legalHold, ...options }) {
  if (![undefined, "on", "off"].includes(legalHold)) {
    invalid(what, '`legalHold` is "on" or "off"');
  }
  return {
    ...options,
    encryption: encryptionOf(what, encryption),
    sourceEncryption: encryptionOf(what, sourceEncryption),
    fileRetention: retentionOf(what, fileRetention),
    legalHold,
  };
}

/** Returns an encryption with its key as base64. Messages do not show the key. */
export function encryptionOf(what, encryption) {
  if (encryption === undefined) {
    return undefined;
  }
  // A file version names the algorithm, of which there is one.
  const { algorithm: _, mode, key, keyId } = checkedFields(`${what}: the encryption`, encryption, ["mode", "key", "keyId", "algorithm"]);
  if (!["none", "SSE-B2", "SSE-C"].includes(mode)) {
    invalid(what, 'the encryption is { mode: "SSE-B2" }, { mode: "SSE-C", key } or { mode: "none" }');
  }
  if (mode !== "SSE-C" && (key ?? keyId) !== undefined) {
    invalid(what, `an encryption with the mode ${mode} has no key`);
  }
  return { mode, key: mode === "SSE-C" ? base64Of(what, key) : undefined, keyId };
}

function base64Of(what, key) {
  if (typeof key === "string") {
    return key;
  }
  const isBuffer = key instanceof ArrayBuffer;
  if ((!isBuffer && !ArrayBuffer.isView(key)) || key.byteLength !== 32) {
    invalid(what, "the key of SSE-C is 32 bytes: give a Uint8Array, or a string with them in base64");
  }
  const bytes = isBuffer ? new Uint8Array(key) : new Uint8Array(key.buffer, key.byteOffset, key.byteLength);
  return btoa(String.fromCharCode(...bytes));
}

/** Returns a retention with its end in milliseconds. */
export function retentionOf(what, retention) {
  if (retention === undefined) {
    return undefined;
  }
  const { mode, retainUntilTimestamp: end } =
    checkedFields(`${what}: the retention`, retention, ["mode", "retainUntilTimestamp"]);
  if (mode === null) {
    return { mode };
  }
  const until = end instanceof Date ? end.getTime() : end;
  if (!["governance", "compliance"].includes(mode) || !Number.isSafeInteger(until)) {
    invalid(what, 'a retention is { mode: "governance" or "compliance", retainUntilTimestamp: a Date or milliseconds }, or \
{ mode: null }');
  }
  return { mode, retainUntilTimestamp: until };
}

/** Returns an object that has these fields only. */
export function checkedFields(what, value, names) {
  if (typeof value !== "object" || value === null) {
    invalid(what, `give an object with ${names.join(", ")}, not ${describe(value)}`);
  }
  const extra = Object.keys(value).find((name) => !names.includes(name));
  if (extra !== undefined) {
    invalid(what, `it has no \`${extra}\`, but ${names.join(", ")}`);
  }
  return value;
}
