// Deletes and renames stored files.

import { firstOf } from "./existing.js";

/** The largest number of versions that are deleted. */
const MOST = 1_000;

/** Deletes the file of a name: its version, and older ones that would show in its place. */
export async function deleteStored(b2, bucket, name) {
  for (let count = 0; count < MOST; count += 1) {
    const version = await current(bucket, name);
    if (version === undefined) {
      return;
    }
    await b2.deleteFileVersion(name, version.fileId);
  }
}

/** Copies a version to a name and deletes it. Older versions of it are hidden. Returns the copy. */
export async function renameStored(b2, bucket, { fileName, fileId, size }, name) {
  const copied = await bucket.copy(fileId, name).done;
  if (copied.size !== size) {
    throw new Error(`${copied.size} ≠ ${size}`);
  }
  await b2.deleteFileVersion(fileName, fileId);
  if (await current(bucket, fileName) !== undefined) {
    await bucket.hide(fileName);
  }
  return copied;
}

async function current(bucket, name) {
  const version = await firstOf(bucket, name);
  return version?.fileName === name ? version : undefined;
}
