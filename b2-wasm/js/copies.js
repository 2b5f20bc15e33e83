// Copies within B2, and files that are made of pieces.

import { COUNT, FLAG, OBJECT, TEXT, invalid, textOf } from "./options.js";
import { LOCKS, encryptionOf, propertiesOf } from "./properties.js";
import { describe, toJson } from "./text.js";
import { UPLOAD, bytesOf, newName, readable, settingsOf } from "./upload.js";

const COPY = { ...LOCKS, contentType: TEXT, info: OBJECT, maxPartSize: COUNT, sourceEncryption: OBJECT };
const MOVE = { ...LOCKS, hide: FLAG, bypassGovernance: FLAG, maxPartSize: COUNT, sourceEncryption: OBJECT };
const { name: _, ...CREATE } = { ...UPLOAD, ...LOCKS };

/** Returns the copy of a file in B2, or of a range of it. */
export function copyOf(source, name) {
  return {
    what: "copy",
    types: COPY,
    async prepare(options) {
      const to = newName(name);
      const range = rangeOf("copy", source);
      if (range === undefined) {
        invalid("copy", "give the source as its file ID, or as { fileId, offset, length }");
      }
      const text = toJson("copy", range);
      const settings = settingsOf("copy", propertiesOf("copy", options));
      return { name: to, begin: (bucket, name, listener) => bucket.copy(text, name, settings, listener) };
    },
  };
}

/** Returns the move of a file version. */
export function moveOf(source, name) {
  return {
    what: "moveFile",
    types: MOVE,
    async prepare(options) {
      const to = newName(name);
      const fileId = typeof source === "string" ? source : source?.fileId;
      if (typeof fileId !== "string" || fileId === "") {
        invalid("moveFile", "give the source as its file ID, or as a file version of a listing");
      }
      const id = textOf("moveFile", fileId);
      const settings = settingsOf("moveFile", propertiesOf("moveFile", options));
      return { name: to, begin: (bucket, name, listener) => bucket.moveFile(id, name, settings, listener) };
    },
  };
}

/** Returns the creation of a file of these pieces. `what` is the method that makes it. */
export function fileOf(what, pieces, name, files) {
  return {
    what,
    types: CREATE,
    async prepare(options) {
      const to = newName(name);
      const parsed = [];
      for (const [index, piece] of listed(what, pieces).entries()) {
        parsed.push(await parse(what, piece, `pieces[${index}]`, files));
      }
      const text = toJson(what, parsed.map(({ at, remote }) => ({ at, remote })));
      const settings = settingsOf(what, propertiesOf(what, options));
      const blobs = parsed.flatMap(({ blob }) => blob ?? []);
      return { name: to, begin: (bucket, name, listener) => bucket.createFile(text, blobs, name, settings, listener) };
    },
  };
}

/** Returns the pieces as an array. */
function listed(what, pieces) {
  // Bytes are iterable, but they are one piece.
  if (typeof pieces !== "object" || typeof pieces?.[Symbol.iterator] !== "function" || ArrayBuffer.isView(pieces)) {
    invalid(what, `give an array of pieces, not ${describe(pieces)}`);
  }
  return [...pieces];
}

/** Returns the offset of a piece, and its blob or its range in B2. `place` is shown in messages. */
async function parse(what, piece, place, files) {
  if (isLocal(piece)) {
    return { blob: await blobOf(what, piece, place, files) };
  }
  const { at, content, ...rest } = typeof piece === "string" ? { fileId: piece } : piece ?? {};
  if (at !== undefined && what === "concatenate") {
    invalid(what, `${place} has an offset \`at\`, but pieces follow each other; use createFile`);
  }
  if (content === undefined) {
    const remote = rangeOf(what, rest);
    if (remote === undefined) {
      invalid(what, `${place} is neither bytes nor a file in B2; give a Blob, a File, an ArrayBuffer or a typed array, \
{ content } with one of these or a string, in Node and Deno { path }, a file ID, or { fileId, offset, length }`);
    }
    return { at, remote };
  }
  const [extra] = Object.keys(rest);
  if (extra !== undefined) {
    invalid(what, `${place} has \`content\` and \`${extra}\`; for a range of local bytes, give a slice of them`);
  }
  return { at, blob: await blobOf(what, { content }, place, files) };
}

/** Whether a piece is local bytes as it stands, without an offset. */
function isLocal(piece) {
  return piece instanceof Blob || piece instanceof ArrayBuffer || ArrayBuffer.isView(piece) || piece instanceof URL
    || typeof piece?.path === "string" || piece?.path instanceof URL;
}

/** Returns the bytes of a piece, which must be readable more than once. */
async function blobOf(what, source, place, files) {
  const blob = await bytesOf(source, files, `${what}: ${place}`);
  if (!(blob instanceof Blob) || blob.isHandle) {
    invalid(what, `${place} can be read once only, or by one reader; give a Blob, bytes or a path`);
  }
  return readable(blob, place);
}

/** Returns a range of a file in B2 as an object, or `undefined` if it names no file. */
function rangeOf(what, source) {
  const { fileId, ...range } = typeof source === "string" ? { fileId: source } : source ?? {};
  return typeof fileId === "string" && fileId !== ""
    ? { ...range, fileId, encryption: encryptionOf(what, range.encryption) } : undefined;
}
