// A download whose head was received.

import { FileTarget, writeTo } from "./file.js";
import { COUNT, OBJECT, invalid, optionsOf } from "./options.js";
import { encryptionOf } from "./properties.js";
import { toJson } from "./text.js";

/** The types of the options of a download. */
const DOWNLOAD = { range: OBJECT, concurrency: COUNT, encryption: OBJECT };

/** How many ranges are requested at once for a download that is saved. */
const CONCURRENCY = 4;

/** A file version and its bytes, which can be read once or saved. */
export class Download {
  #session;
  #start;
  #settings;
  #signal;
  #reader;
  #stream;
  #verified;
  #progress = { received: 0, total: 0 };

  /** @param start has `read(settings, target)` and `save(settings, target)`, which return jobs */
  constructor(session, start, settings, signal) {
    this.#session = session;
    this.#start = start;
    this.#settings = settings;
    this.#signal = signal;
  }

  /** Requests the head. */
  async open() {
    this.#reader = await this.#run(this.#start.read, this.#settings, this.#signal);
    this.version = JSON.parse(this.#reader.version);
    this.#stream = this.#streamOf(this.#reader, this.#signal);
    return this;
  }

  /** The numbers of bytes received and in total. */
  get progress() {
    return { ...this.#progress };
  }

  /** Whether the SHA-1 of the bytes was compared with that of the file; `undefined` before the end. */
  get verified() {
    return this.#verified;
  }

  /** The bytes. The stream fails at its end if the SHA-1 is wrong. */
  stream() {
    return this.#stream;
  }

  async blob() {
    const blob = await this.#response().blob();
    return new Blob([blob], { type: this.version.contentType ?? "" });
  }

  async arrayBuffer() {
    return this.#response().arrayBuffer();
  }

  async text() {
    return new TextDecoder().decode(await this.arrayBuffer());
  }

  /** Writes the bytes to a file or a stream, from several ranges at once. */
  async saveTo(destination, options) {
    const { concurrency = CONCURRENCY, signal = this.#signal } = optionsOf("saveTo", options, { concurrency: COUNT });
    if (this.#stream.locked) {
      invalid("saveTo", "the bytes are read by another reader; start another download");
    }
    const { engine } = this.#session;
    const file = destination instanceof WritableStream ? destination
      : typeof destination?.createWritable === "function" ? new FileTarget(destination)
      : await engine.files?.create(destination);
    if (file === undefined) {
      invalid("saveTo", "give a FileSystemFileHandle or a WritableStream, or in Node and Deno a path");
    }
    // The request of the stream is replaced by requests of ranges.
    await this.#stream.cancel();
    const settings = { ...this.#settings, concurrency };
    if (file instanceof WritableStream) {
      const reader = await this.#run(this.#start.read, settings, signal);
      this.version = JSON.parse(reader.version);
      await this.#streamOf(reader, signal).pipeTo(file, { signal });
      return this.version;
    }
    try {
      this.#verified = await this.#run(this.#start.save, settings, signal, writeTo(file));
      await file.close(modifiedOf(this.version));
    } catch (error) {
      await file.abort();
      throw error;
    }
    return this.version;
  }

  #response() {
    if (this.#stream.locked) {
      invalid("download", "the bytes were read, or are read by another reader; start another download");
    }
    return new Response(this.#stream);
  }

  #run(start, settings, signal, target = {}) {
    const { engine } = this.#session;
    const text = toJson("download", settings);
    return engine.result(engine.call(() => start(text, {
      ...target,
      onFound: (version) => {
        this.version = JSON.parse(version);
      },
      onProgress: (received, total) => Object.assign(this.#progress, { received, total }),
    })), signal);
  }

  /** The bytes of a reader. They are fetched as they are read. */
  #streamOf(reader, signal) {
    const { engine } = this.#session;
    const over = new AbortController();
    const leave = () => {
      over.abort();
      engine.call(() => reader.leave());
    };
    return new ReadableStream({
      start(controller) {
        const abort = () => {
          controller.error(signal.reason);
          leave();
        };
        signal?.addEventListener("abort", abort, { signal: over.signal });
      },
      pull: async (controller) => {
        const chunk = await engine.result(engine.call(() => reader.next()), signal);
        if (chunk !== undefined) {
          controller.enqueue(chunk);
          return;
        }
        this.#verified = engine.call(() => reader.isVerified);
        leave();
        controller.close();
      },
      cancel: leave,
    }, { highWaterMark: 0 });
  }
}

/** The time of the last modification that the uploader has recorded. */
function modifiedOf({ fileInfo }) {
  const time = Number(fileInfo.src_last_modified_millis);
  return Number.isSafeInteger(time) && time > 0 ? time : undefined;
}

/** Starts a download. Resolves when its head was received. */
export async function download(session, what, start, given) {
  const { signal, range, encryption, concurrency = 1 } = optionsOf(what, given, DOWNLOAD);
  const isRange = range?.length === 2 && range.every((at) => Number.isSafeInteger(at) && at >= 0) && range[0] < range[1];
  if (range !== undefined && !isRange) {
    invalid(what, "`range` is [start, end]: the first byte, and the one behind the last");
  }
  const settings = { range, concurrency, encryption: encryptionOf(what, encryption) };
  signal?.throwIfAborted();
  return new Download(session, await start(signal), settings, signal).open();
}
