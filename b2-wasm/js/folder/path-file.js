// A file of Node and Deno that a download is saved to.

import { lstat, open, rename, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { isGone, temporaryName } from "./walk.js";

/** Creates a temporary file beside this path, which replaces what is there when it is complete. */
export async function createFile(path) {
  const there = await lstat(path).catch(absent);
  if (there !== undefined && !there.isFile()) {
    throw new Error("there is a folder, a link or a special file of this name");
  }
  const temporary = join(path, "..", temporaryName());
  return new PathFile(await open(temporary, "wx+", there?.mode ?? 0o666), temporary, path);
}

/** Throws an error again, unless it says that a file is not there. */
export function absent(error) {
  if (!isGone(error)) {
    throw error;
  }
}

/** A file that is being downloaded. It gets its name when it is complete. */
class PathFile {
  readsBack = true;
  #file;
  #temporary;
  #path;

  constructor(file, temporary, path) {
    this.#file = file;
    this.#temporary = temporary;
    this.#path = path;
  }

  async write(offset, bytes) {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
  }

  async read(offset, max) {
    const bytes = new Uint8Array(max);
    const { bytesRead } = await this.#file.read(bytes, 0, max, offset);
    return bytes.subarray(0, bytesRead);
  }

  async close(modified) {
    await this.#file.close();
    if (modified !== undefined) {
      // A hundredth of a millisecond more, since the time is rounded down after it was divided.
      const seconds = (modified + 0.01) / 1000;
      await utimes(this.#temporary, seconds, seconds);
    }
    await rename(this.#temporary, this.#path);
  }

  async abort() {
    await this.#file.close().catch(() => {});
    await unlink(this.#temporary).catch(absent);
  }
}
