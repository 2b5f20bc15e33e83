// A file of the visitor that a download goes to.

/**
 * Takes bytes in any order. What was written shows in the file only when the writing is closed; so reading back
 * closes it, and writing after that opens it again.
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

  /** Whatever was written is in the file now; an empty download is an empty file. */
  async close() {
    if (this.#writing === undefined && !this.#committed) {
      this.#writing = this.#handle.createWritable();
    }
    const writing = this.#writing;
    this.#writing = undefined;
    this.#committed = true;
    await (await writing)?.close();
  }

  /** Nothing wrong, and nothing that is half there, is left in the file. */
  async discard() {
    try {
      await (await this.#writing)?.abort();
      if (this.#committed) {
        await (await this.#handle.createWritable()).close();
      }
    } catch {
      // The failure that led here says more.
    }
  }
}
