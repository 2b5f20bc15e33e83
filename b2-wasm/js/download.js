// A download whose head was received.

import { FileTarget } from "./file.js";

/** A file version and its bytes, which can be read once or saved. */
export class Download {
  #stream;
  #progress;
  #again;

  constructor(version, stream, progress, again) {
    this.version = version;
    this.#stream = stream;
    this.#progress = progress;
    this.#again = again;
  }

  /** The numbers of bytes received and in total. */
  get progress() {
    return { ...this.#progress };
  }

  /** The bytes. The stream fails at its end if the SHA-1 is wrong. */
  stream() {
    return this.#stream;
  }

  async blob() {
    const blob = await new Response(this.#stream).blob();
    return new Blob([blob], { type: this.version.contentType ?? "" });
  }

  arrayBuffer() {
    return new Response(this.#stream).arrayBuffer();
  }

  async text() {
    return new TextDecoder().decode(await this.arrayBuffer());
  }

  /** Writes the bytes to a file, several ranges at once. */
  async saveTo(handle, { concurrency, signal } = {}) {
    // The request of the stream is replaced by requests of ranges.
    await this.#stream.cancel();
    const file = new FileTarget(handle);
    const target = {
      readsBack: true,
      concurrency,
      onFound: (text) => {
        this.version = JSON.parse(text);
      },
      onProgress: (received, total) => Object.assign(this.#progress, { received, total }),
      onRetry() {},
      write: (offset, bytes) => file.write(offset, bytes),
      read: (offset, max) => file.read(offset, max),
    };
    try {
      await this.#again(target, signal);
      await file.close();
    } catch (error) {
      await file.discard();
      throw error;
    }
    return this.version;
  }
}

/**
 * Starts a download. Resolves when its head was received. `start(target)` returns the job. Bytes are fetched as they are read.
 */
export async function download(session, start, signal) {
  const { engine } = session;
  const progress = { received: 0, total: 0 };
  // A chunk is fetched when one is requested.
  let requested = false;
  let onPull;
  let job;
  const again = (target, signal) => engine.result(engine.call(() => start(target)), signal);
  return new Promise((resolve, reject) => {
    let sink;
    const stream = new ReadableStream(
      {
        start(controller) {
          sink = controller;
        },
        pull() {
          requested = true;
          onPull?.();
        },
        cancel() {
          job?.abort();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
    );
    const target = {
      onFound: (text) => resolve(new Download(JSON.parse(text), stream, progress, again)),
      onProgress: (received, total) => Object.assign(progress, { received, total }),
      onRetry() {},
      async write(_offset, bytes) {
        if (!requested) {
          await new Promise((resolve) => {
            onPull = resolve;
          });
        }
        requested = false;
        sink.enqueue(bytes);
      },
    };
    job = engine.call(() => start(target));
    engine.result(job, signal).then(
      () => sink.close(),
      (error) => {
        reject(error);
        sink.error(error);
      },
    );
  });
}
