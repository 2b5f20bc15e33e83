// Handles of files in Node and Deno (`FileHandle` of `node:fs/promises`), from the first byte of the file on.

/** How many bytes are read at once. */
const CHUNK = 256 << 10;

export function isHandle(value) {
  return typeof value?.fd === "number" && typeof value.read === "function" && typeof value.stat === "function";
}

/** The bytes of a handle, or a range of them, which are read when they are needed. The application closes the handle. */
export class HandleBlob extends Blob {
  isHandle = true;
  #handle;
  #start;
  #end;
  #modified;

  /** Returns all bytes of a handle. */
  static async of(handle) {
    const { size, mtimeMs } = await handle.stat();
    return new HandleBlob(handle, 0, size, mtimeMs);
  }

  constructor(handle, start, end, modified) {
    super();
    this.#handle = handle;
    this.#start = start;
    this.#end = end;
    this.#modified = modified;
  }

  get size() {
    return this.#end - this.#start;
  }

  slice(start = 0, end = this.size) {
    const [from, to] = [start, end].map((at) => Math.min(this.#start + at, this.#end));
    return new HandleBlob(this.#handle, from, Math.max(from, to), this.#modified);
  }

  stream() {
    let at = this.#start;
    return new ReadableStream({
      pull: async (controller) => {
        if (at === this.#end) {
          await this.#check();
          controller.close();
          return;
        }
        const bytes = new Uint8Array(Math.min(CHUNK, this.#end - at));
        const { bytesRead } = await this.#handle.read(bytes, 0, bytes.length, at);
        if (bytesRead === 0) {
          throw new DOMException("the file has become shorter", "NotReadableError");
        }
        at += bytesRead;
        controller.enqueue(bytes.subarray(0, bytesRead));
      },
    }, { highWaterMark: 0 });
  }

  arrayBuffer() {
    return new Response(this.stream()).arrayBuffer();
  }

  /** Fails if the file was changed since the upload began. */
  async #check() {
    if ((await this.#handle.stat()).mtimeMs !== this.#modified) {
      throw new DOMException("the file has been changed", "NotReadableError");
    }
  }
}

/** Returns the bytes of a handle as a stream. */
export function readerOf(handle) {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      const { bytesRead, buffer } = await handle.read(new Uint8Array(CHUNK), 0, CHUNK, at);
      at += bytesRead;
      bytesRead === 0 ? controller.close() : controller.enqueue(buffer.subarray(0, bytesRead));
    },
  }, { highWaterMark: 0 });
}

/** Returns a stream that writes to a handle. */
export function writerOf(handle) {
  let at = 0;
  return new WritableStream({
    async write(bytes) {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
        done += bytesWritten;
      }
      at += bytes.length;
    },
  });
}
