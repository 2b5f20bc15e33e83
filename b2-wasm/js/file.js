// Files that downloads are saved to.

/**
 * Returns the target of a download that is saved to a file, which takes bytes in any order: it has `write(offset, bytes)` and
 * `read(offset, max)`, `close(modified)` to complete it, and `abort()`.
 */
export function writeTo(file) {
  return {
    readsBack: true,
    write: (offset, bytes) => file.write(offset, bytes),
    read: (offset, max) => file.read(offset, max),
  };
}

/**
 * The file of a `FileSystemFileHandle`. Bytes are in it when its stream is closed; so reading closes the stream, and writing
 * after that opens it again.
 */
export class FileTarget {
  #handle;
  #writing;
  #file;
  #committed = false;

  constructor(handle) {
    this.#handle = handle;
  }

  async write(position, data) {
    this.#file = undefined;
    this.#writing ??= this.#handle.createWritable({ keepExistingData: this.#committed });
    await (await this.#writing).write({ type: "write", position, data });
  }

  async read(offset, max) {
    await this.close();
    this.#file ??= await this.#handle.getFile();
    return new Uint8Array(await this.#file.slice(offset, offset + max).arrayBuffer());
  }

  /** Completes the file. An empty download is an empty file. */
  async close() {
    if (this.#writing === undefined && !this.#committed) {
      this.#writing = this.#handle.createWritable();
    }
    const writing = this.#writing;
    this.#writing = undefined;
    this.#committed = true;
    await (await writing)?.close();
  }

  /** Empties the file after a failure. */
  async abort() {
    try {
      await (await this.#writing)?.abort();
      if (this.#committed) {
        await (await this.#handle.createWritable()).close();
      }
    } catch {
      // The failure of the download is reported instead.
    }
  }
}
