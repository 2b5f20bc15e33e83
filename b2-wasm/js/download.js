// A download under way, whose head has arrived.

import { FileTarget } from "./file.js";

/** A file version and its bytes, which can be read once, or be saved. */
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

  /** How far it is. */
  get progress() {
    return { ...this.#progress };
  }

  /** The bytes as they arrive. The stream fails at its end if the SHA-1 is wrong. */
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

  /** Writes the bytes to a file of the visitor, several ranges at once. */
  async saveTo(handle, { concurrency, signal } = {}) {
    // The stream has waited for somebody to read it; ranges are asked for anew.
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
 * Begins a download and resolves when its head has arrived. `begin(target)` gives the job. Bytes are fetched
 * as they are read.
 */
export async function download(session, begin, signal) {
  const { engine } = session;
  const progress = { received: 0, total: 0 };
  // A chunk is let in when somebody wants to read one.
  let wanted = false;
  let letIn;
  let job;
  const again = (target, signal) => engine.result(engine.call(() => begin(target)), signal);
  return new Promise((resolve, reject) => {
    let sink;
    const stream = new ReadableStream(
      {
        start(controller) {
          sink = controller;
        },
        pull() {
          wanted = true;
          letIn?.();
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
        if (!wanted) {
          await new Promise((resolve) => {
            letIn = resolve;
          });
        }
        wanted = false;
        sink.enqueue(bytes);
      },
    };
    job = engine.call(() => begin(target));
    engine.result(job, signal).then(
      () => sink.close(),
      (error) => {
        reject(error);
        sink.error(error);
      },
    );
  });
}
