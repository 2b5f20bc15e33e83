// Reads blobs into buffers that are used again. Platforms read into new buffers by default, and free those of a large file
// only after hundreds of megabytes.

/** Buffers are multiples of so many bytes, so that one of a read fits the next. */
const STEP = 1 << 20;

/** The number of buffers that are kept. */
const KEPT = 8;

/** Weak references to the buffers that no reader uses, so that the platform can free them. */
const free = [];

/** Reads a blob once. */
export class BlobReader {
  #blob;
  #len;
  #buffer;
  #reader;
  /** What was read of a stream that cannot fill buffers. */
  #rest = new Uint8Array();
  #fillsBuffers = true;

  /** @param len how many bytes a call of `fill` reads */
  constructor(blob, len) {
    this.#blob = blob;
    this.#len = len;
    const stream = blob.stream();
    try {
      this.#reader = stream.getReader({ mode: "byob" });
    } catch {
      this.#reader = stream.getReader();
      this.#fillsBuffers = false;
    }
    this.#buffer = take(len);
  }

  /** Resolves to the next bytes, fewer only at the end of the blob. They are valid until the next call. */
  async fill() {
    let filled = 0;
    try {
      while (filled < this.#len) {
        const read = this.#fillsBuffers ? await this.#fillBuffer(filled) : await this.#copyChunk(filled);
        if (read === 0) {
          break;
        }
        filled += read;
      }
    } catch (error) {
      throw await this.#explain(error);
    }
    return new Uint8Array(this.#buffer, 0, filled);
  }

  /** Ends reading. */
  close() {
    // Its result is of no interest; a rejection that is not handled would be.
    this.#reader.cancel().catch(() => {});
    give(this.#buffer);
  }

  async #fillBuffer(filled) {
    const { value } = await this.#reader.read(new Uint8Array(this.#buffer, filled, this.#len - filled));
    this.#buffer = value.buffer;
    return value.length;
  }

  async #copyChunk(filled) {
    if (this.#rest.length === 0) {
      this.#rest = (await this.#reader.read()).value ?? this.#rest;
    }
    const chunk = this.#rest.subarray(0, this.#len - filled);
    new Uint8Array(this.#buffer).set(chunk, filled);
    this.#rest = this.#rest.subarray(chunk.length);
    return chunk.length;
  }

  /** Explains an exception. Of a stream Chromium says only that it broke; reading a byte of the blob says why. */
  async #explain(error) {
    try {
      await this.#blob.slice(0, 1).arrayBuffer();
      return error;
    } catch (reason) {
      return reason;
    }
  }
}

/** Returns a buffer of at least this length. */
function take(length) {
  for (const [position, kept] of free.entries()) {
    const buffer = kept.deref();
    if (buffer?.byteLength >= length) {
      free.splice(position, 1);
      return buffer;
    }
  }
  return new ArrayBuffer(Math.ceil(length / STEP) * STEP);
}

function give(buffer) {
  // The length is 0 if a read was not completed: the buffer belongs to that read. Some platforms have no `WeakRef`.
  if (buffer.byteLength > 0 && typeof WeakRef === "function") {
    free.unshift(new WeakRef(buffer));
    free.length = Math.min(free.length, KEPT);
  }
}
