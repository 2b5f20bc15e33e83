// Files of Node and Deno: paths, handles and streams, to upload and to save downloads to.

import { createReadStream, openAsBlob } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename } from "node:path";
import { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { B2Error } from "../errors.js";
import { absent, createFile } from "../folder/path-file.js";
import { HandleBlob, isHandle, readerOf, writerOf } from "./handle.js";

/** Deno reads the whole file of a blob into memory. Files with more bytes than these are streams there. */
const MAX_IN_MEMORY = typeof Deno === "undefined" ? Infinity : 64 << 20;

export const files = {
  /** Opens a path, a `file:` URL or a handle to upload. Resolves to a blob or a stream; `undefined` for anything else. */
  async open(source) {
    if (isHandle(source)) {
      return typeof Deno === "undefined" ? HandleBlob.of(source) : readerOf(source);
    }
    const path = pathOf(typeof source === "string" ? undefined : source);
    return path === undefined ? undefined : explained("Source", path, "cannot be read", () => opened(path));
  },

  /**
   * Creates the file at a path, or of a handle, or takes a stream, for a download. Resolves to a file, or to a
   * `WritableStream`; `undefined` for anything else.
   */
  async create(destination) {
    if (isHandle(destination)) {
      return writerOf(destination);
    }
    if (typeof destination?.write === "function" && typeof destination.once === "function") {
      return Writable.toWeb(destination);
    }
    const path = pathOf(destination);
    return path === undefined ? undefined : explained("Destination", path, "cannot be written",
      async () => createFile(await realpath(path).catch(absent) ?? path));
  },
};

/** Returns a path that is given as `{ path }`, as a `file:` URL, or as it stands. */
function pathOf(place) {
  const path = place?.path ?? place;
  return path instanceof URL && path.protocol === "file:" ? fileURLToPath(path)
    : typeof path === "string" && path !== "" ? path
    : undefined;
}

async function opened(path) {
  const there = await stat(path);
  if (there.isDirectory()) {
    throw new Error("it is a folder; see `sync` of b2-wasm/sync");
  }
  const isStream = !there.isFile() || there.size > MAX_IN_MEMORY;
  const bytes = isStream ? Readable.toWeb(createReadStream(path)) : await openAsBlob(path);
  const info = there.isFile() ? { src_last_modified_millis: String(Math.floor(there.mtimeMs)) } : {};
  return Object.assign(bytes, { name: basename(path), info });
}

async function explained(kind, path, problem, operation) {
  try {
    return await operation();
  } catch (cause) {
    throw new B2Error(kind, `'${path}' ${problem}: ${cause.message}`, { cause });
  }
}
