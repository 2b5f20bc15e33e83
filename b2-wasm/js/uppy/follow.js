// One upload of a list, in the terms of Uppy.

import { B2Error } from "../errors.js";
import { positionOf } from "../uploads/pace.js";

/** How long a page may need to end, in milliseconds. */
const GRACE = 10_000;

/**
 * Resolves when the upload has ended: to an error if it failed, and to nothing if it is done, was cancelled here, or the list
 * was closed. `file()` returns the content, to continue what another tab has left; `progress()` and `retry({ error })` are
 * called for changes.
 */
export function follow(list, item, { file, progress, retry }) {
  const { uploads } = list;
  return new Promise((resolve) => {
    let last;
    const end = (error) => {
      item.removeEventListener("change", look);
      uploads.removeEventListener("removed", removed);
      resolve(error);
    };
    const look = () => {
      const { state } = item;
      if (state === "done" || list.closed) {
        return end();
      }
      if (state === "failed") {
        return end(item.error);
      }
      if (state === "cancelled") {
        return end(file() && new B2Error("Cancelled", `the upload of ${item.name} was cancelled in another tab`));
      }
      if (state === "left") {
        // The tab that ran it is closed. An error is a state of the item, or is reported when it is retried.
        return void item.resume(file()).catch(end);
      }
      if (item.retry !== undefined && item.retry !== last) {
        retry(item.retry);
      }
      last = item.retry;
      progress();
    };
    const removed = (event) => {
      if (event.item === item && item.state === "elsewhere") {
        end(file() && new B2Error("Cancelled", `another tab has ended the upload of ${item.name}; try again`));
      }
    };
    item.addEventListener("change", look);
    uploads.addEventListener("removed", removed);
    look();
  });
}

/**
 * Removes an upload from its list, which cancels it unless another tab runs it. Just after a reload, the page before may seem to be
 * such a tab.
 */
export async function discard({ uploads }, item) {
  if (item.state === "elsewhere") {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, GRACE);
      item.addEventListener("change", () => {
        if (item.state !== "elsewhere") {
          clearTimeout(timer);
          resolve();
        }
      });
    });
  }
  await uploads.remove(item);
}

/** Returns Uppy's progress. */
export function progressOf({ progress, size }) {
  return { bytesUploaded: positionOf(progress), bytesTotal: size };
}

/** Returns the body of the response that Uppy stores with a file. B2 computes no SHA-1 of large files. */
export function bodyOf({ fileId, fileName, contentSha1 = "none", fileInfo, contentType, size }) {
  const sha1 = contentSha1 === "none" ? fileInfo.large_file_sha1 ?? null : contentSha1;
  return { fileId, fileName, sha1, contentType, size };
}

/** Returns what Uppy stores with a file that failed. */
export function responseOf({ kind, code, status = 0, serverMessage, message }) {
  return { status, body: { kind, code, message: serverMessage ?? message } };
}
