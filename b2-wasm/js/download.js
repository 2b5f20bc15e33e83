// A download under way, whose head has arrived.

/** A file version and its bytes, which can be read once. */
export class Download {
  #stream;
  #progress;

  constructor(version, stream, progress) {
    this.version = version;
    this.#stream = stream;
    this.#progress = progress;
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
      onFound: (text) => resolve(new Download(JSON.parse(text), stream, progress)),
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
    engine.settle(job, signal).then(
      () => sink.close(),
      (error) => {
        reject(error);
        sink.error(error);
      },
    );
  });
}
