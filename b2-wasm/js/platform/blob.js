// Bytes that can be read again, and streams that can be read once.

/** After so many bytes in a row, whatever else wants to run gets its turn: a few milliseconds of hashing. */
const TURN = 2 << 20;

/**
 * The platform hashes off the thread, and faster than the module; but it wants all bytes at once, and copying more
 * than these keeps the thread busy for longer than a picture on the screen may wait.
 */
const AT_ONCE = 8 << 20;

/** Why bytes could not be read, for the module. */
class ReadFailure extends Error {
  constructor(failure, message) {
    super(message);
    this.failure = failure;
  }
}

export function ofBytes(bytes) {
  // The module's memory is about to change: a blob has a copy of its own.
  return new Blob([bytes]);
}

export function slice(blob, start, end) {
  return blob.slice(start, end);
}

export function joined(slices) {
  return new Blob(slices);
}

/** A promise of the SHA-1 of a blob, if the platform has a way to compute it and the blob is small enough. */
export function digestOf(blob) {
  const platform = globalThis.crypto?.subtle;
  return platform === undefined || blob.size > AT_ONCE ? undefined : digestBy(platform, blob);
}

async function digestBy(platform, blob) {
  let bytes;
  try {
    bytes = await blob.arrayBuffer();
  } catch (error) {
    throw unreadable(error);
  }
  if (bytes.byteLength !== blob.size) {
    throw otherLength(bytes.byteLength, blob.size);
  }
  return new Uint8Array(await platform.digest("SHA-1", bytes));
}

/** A blob gave more or fewer bytes than it has, as it says. */
export function otherLength(given, size) {
  return new ReadFailure("sourceChanged", `it gave ${given} bytes, not ${size} as it says`);
}

/** The chunks of a blob, in order. */
export function chunksOf(blob) {
  return new Chunks(blob.stream(), async (error) => {
    // Of a stream Chromium says only that it broke; asked for a byte, it says why.
    const why = await blob.slice(0, 1).arrayBuffer().then(() => error, (reason) => reason);
    return unreadable(why);
  });
}

function unreadable(error) {
  // A file that has changed since it was chosen cannot be read any more, says the specification.
  const gone = error?.name === "NotReadableError" || error?.name === "NotFoundError";
  return new ReadFailure(gone ? "sourceChanged" : "source", error?.message ?? String(error));
}

/** The chunks of a stream, in order. */
export function chunksOfStream(stream) {
  return new Chunks(stream, (error) => new ReadFailure("source", error?.message ?? String(error)));
}

class Chunks {
  #reader;
  #explain;
  #read = 0;

  constructor(stream, explain) {
    this.#reader = stream.getReader();
    this.#explain = explain;
  }

  /** The next bytes; `undefined` at the end. */
  async next() {
    try {
      const { done, value } = await this.#reader.read();
      if (done) {
        return undefined;
      }
      const bytes = bytesOf(value);
      this.#read += bytes.byteLength;
      if (this.#read >= TURN) {
        this.#read = 0;
        await turn();
      }
      return bytes;
    } catch (error) {
      throw error instanceof ReadFailure ? error : await this.#explain(error);
    }
  }

  cancel() {
    this.#reader.cancel().catch(() => {});
  }
}

function bytesOf(value) {
  if (value instanceof Uint8Array) {
    return value;
  }
  if (value instanceof ArrayBuffer) {
    return new Uint8Array(value);
  }
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (typeof value === "string") {
    return new TextEncoder().encode(value);
  }
  throw new ReadFailure("source", "the stream has something else than bytes");
}

/** Lets everything else run that waits. Timers would be slow in a hidden tab; messages are not. */
function turn() {
  if (typeof MessageChannel === "undefined") {
    return new Promise((resolve) => setTimeout(resolve));
  }
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
