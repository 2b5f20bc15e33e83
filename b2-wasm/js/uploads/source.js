// The file behind an upload of a list.

import { B2Error } from "../errors.js";

/** Descriptions of files: browsers look at a file whenever its size or time is needed, and the page waits for that. */
const described = new WeakMap();

/** Returns what is stored to recognize a file. */
export function describe(file) {
  let known = described.get(file);
  if (known === undefined) {
    known = { size: file.size, sourceName: file.name, lastModified: file.lastModified };
    described.set(file, known);
  }
  return known;
}

/** Returns the id of the upload of a file under a name: the same in every tab, so that only one uploads it. */
export function identify(name, file) {
  const { size, sourceName, lastModified } = describe(file);
  return JSON.stringify([name, size, lastModified, sourceName]);
}

/** Whether a file seems to be the described one. */
export function isDescribedBy({ size, sourceName, lastModified }, file) {
  const there = describe(file);
  return there.size === size && there.sourceName === sourceName && there.lastModified === lastModified;
}

/** Returns the number of bytes of the parts that B2 had stored when a checkpoint was made. */
export function storedIn(checkpoint) {
  if (checkpoint === undefined) {
    return 0;
  }
  const { len, partSize, parts } = JSON.parse(checkpoint);
  return parts.reduce((sum, [number]) => sum + Math.min(partSize, len - (number - 1) * partSize), 0);
}

/** Opens the file of a handle. The browser may ask for permission. */
export async function reopen(handle) {
  if (handle === undefined) {
    throw new B2Error("Source", "the browser does not know where the file is: choose it again");
  }
  if (await handle.requestPermission?.({ mode: "read" }) === "denied") {
    throw new B2Error("Source", "the browser was not allowed to read the file");
  }
  try {
    return await handle.getFile();
  } catch (error) {
    throw new B2Error("SourceChanged", "the file cannot be read any more", { cause: error });
  }
}

/** Fails if a file has another size. Its bytes are hashed before they are used. */
export function expectSize(size, file) {
  const there = describe(file);
  if (there.size !== size) {
    const message = `this is another file: ${there.sourceName} has ${there.size} bytes, and not ${size}`;
    throw new B2Error("InvalidInput", message);
  }
}
