// Copies within B2, and files that are made of pieces.

import { B2Error } from "./errors.js";
import { toJson, wellFormed } from "./text.js";
import { blobOf, named, readable, settingsOf } from "./upload.js";

/** Returns what begins the copy of a file in B2, or of a range of it. */
export function copyOf(source) {
  return async (options) => {
    named(options.name);
    const range = rangeOf(source);
    if (range === undefined) {
      throw new B2Error("InvalidInput", "copy: give the source as its file ID, or as { fileId, offset, length }");
    }
    const text = toJson("copy", range);
    const settings = settingsOf("copy", options);
    return (bucket, name, listener) => bucket.copy(text, name, settings, listener);
  };
}

/** Returns what begins the move of a file version. */
export function moveOf(source) {
  return async (options) => {
    named(options.name);
    const fileId = typeof source === "string" ? source : source?.fileId;
    if (typeof fileId !== "string" || fileId === "") {
      throw new B2Error("InvalidInput", "moveFile: give the source as its file ID, or as a file version of a listing");
    }
    const { hide, bypassGovernance } = options;
    const settings = settingsOf("moveFile", options, { hide, bypassGovernance });
    return (bucket, name, listener) => bucket.moveFile(wellFormed(fileId), name, settings, listener);
  };
}

/** Returns what begins a file of these pieces. `what` is the method that makes it. */
export function fileOf(what, pieces) {
  return async (options) => {
    named(options.name);
    const parsed = listed(what, pieces).map((piece, index) => parse(what, piece, `pieces[${index}]`));
    const text = toJson(what, parsed.map(({ at, remote }) => ({ at, remote })));
    const settings = settingsOf(what, options);
    const blobs = [];
    for (const [index, { blob }] of parsed.entries()) {
      if (blob !== undefined) {
        blobs.push(await readable(blob, `pieces[${index}]`));
      }
    }
    return (bucket, name, listener) => bucket.createFile(text, blobs, name, settings, listener);
  };
}

/** Returns the pieces as an array. */
function listed(what, pieces) {
  // Bytes are iterable, but they are one piece.
  if (typeof pieces !== "object" || typeof pieces?.[Symbol.iterator] !== "function" || ArrayBuffer.isView(pieces)) {
    throw new B2Error("InvalidInput", `${what}: give an array of pieces`);
  }
  return [...pieces];
}

/** Returns the offset of a piece, and its blob or its range in B2. `place` is shown in messages. */
function parse(what, piece, place) {
  if (isBytes(piece)) {
    return { blob: blobOf(piece) };
  }
  const { at, content, ...rest } = typeof piece === "string" ? { fileId: piece } : piece ?? {};
  if (at !== undefined && what === "concatenate") {
    throw new B2Error("InvalidInput",
      `concatenate: ${place} has an offset \`at\`, but pieces follow each other; use createFile`);
  }
  if (content === undefined) {
    const remote = rangeOf(rest);
    if (remote === undefined) {
      throw new B2Error("InvalidInput",
        `${what}: ${place} is neither bytes nor a file in B2; give a Blob, a File, an ArrayBuffer or a typed array, \
{ content } with one of these or a string, a file ID, or { fileId, offset, length }`);
    }
    return { at, remote };
  }
  const [extra] = Object.keys(rest);
  if (extra !== undefined) {
    throw new B2Error("InvalidInput",
      `${what}: ${place} has \`content\` and \`${extra}\`; for a range of local bytes, give a slice of them`);
  }
  return { at, blob: blobOf(content) };
}

function isBytes(piece) {
  return piece instanceof Blob || piece instanceof ArrayBuffer || ArrayBuffer.isView(piece);
}

/** Returns a range of a file in B2 as an object, or `undefined` if it names no file. */
function rangeOf(source) {
  const range = typeof source === "string" ? { fileId: source } : source;
  return typeof range?.fileId === "string" && range.fileId !== "" ? range : undefined;
}
