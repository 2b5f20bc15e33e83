// A running upload.

import { B2Error } from "./errors.js";
import { CALLBACK, COUNT, FLAG, OBJECT, TEXT, invalid, optionsOf, textOf } from "./options.js";
import { toJson } from "./text.js";

/** The events of an upload. */
const EVENTS = ["started", "progress", "state", "visibility", "retry", "checkpoint", "warning"];

/** The options of all uploads and copies. */
const SHARED = {
  concurrency: COUNT, resume: FLAG, checkpoint: TEXT, checkpoints: OBJECT,
  ...Object.fromEntries(EVENTS.map((type) => [`on${type}`, CALLBACK])),
};

/** The options of uploads. */
export const UPLOAD = { name: TEXT, contentType: TEXT, info: OBJECT, partSize: COUNT, wholeSha1: FLAG };

/** Final states. */
const ENDS = ["done", "failed", "cancelled"];

/** Whether the platform calls handlers that are properties, as workerd does. */
export const CALLED = (() => {
  let called = false;
  const target = new EventTarget();
  target.onprobe = () => {
    called = true;
  };
  target.dispatchEvent(new Event("probe"));
  return called;
})();

/** Creates an event with these fields. */
export function event(type, detail) {
  return Object.assign(new Event(type), detail);
}

/**
 * An upload. Await its `done` for the file version, listen to its events, or control it. It can be returned from an
 * asynchronous function, which does not wait for it.
 */
export class Upload extends EventTarget {
  #session;
  #job;
  #controls = [];
  #progress = { hashed: 0, sent: 0, accepted: 0, total: undefined, fraction: 0 };
  #state = "waiting";
  #abort = new AbortController();
  #checkpoint;

  /**
   * `work` has the name of the method, `what`, and the types of its `options`; `prepare(options)` checks and resolves to the
   * `name` of the new file and to `begin(bucket, name, listener)`, which returns the job; `source` is what is uploaded, where
   * that is one file.
   */
  constructor(session, bucket, work, options) {
    super();
    this.#session = session;
    this.done = this.#run(bucket, work, options);
    // As promises of the platform that are properties: a failure is not an unhandled rejection if only events are used.
    this.done.catch(() => {});
  }

  /** The numbers of bytes that were hashed, sent and accepted. */
  get progress() {
    return this.#progress;
  }

  /** The state. */
  get state() {
    return this.#state;
  }

  /** What is needed to resume the upload later: text, without content, URLs and tokens. */
  get checkpoint() {
    return this.#checkpoint;
  }

  /** Pauses the upload. What B2 has confirmed stays. */
  pause() {
    this.#control((job) => job.pause(), "paused");
  }

  /** Resumes the upload after a pause. */
  resume() {
    this.#control((job) => job.resume(), "waiting");
  }

  /** Cancels the upload. Unless `discard` is set, what B2 has stored stays and can be resumed. */
  cancel(options) {
    const { discard = false } = optionsOf("cancel", options, { discard: FLAG });
    if (this.#job === undefined) {
      this.#abort.abort(new B2Error("Cancelled", "the upload was cancelled"));
    }
    this.#control((job) => job.cancel(discard));
    return this.done.then(() => {}, () => {});
  }

  /** Sets the number of parts that are uploaded at once. */
  setConcurrency(parts) {
    optionsOf("setConcurrency", { parts }, { parts: COUNT });
    this.#control((job) => job.setConcurrency(parts));
  }

  /** Runs a command on the job, or when there is one; until then the upload is in `state`. */
  #control(command, state) {
    if (this.#job === undefined) {
      this.#controls.push(command);
      if (state !== undefined) {
        this.#become(state);
      }
    } else if (this.#running) {
      this.#session.engine.call(() => command(this.#job));
    }
  }

  get #running() {
    return !ENDS.includes(this.#state);
  }

  #become(state) {
    if (this.#running && state !== this.#state) {
      this.#state = state;
      this.dispatchEvent(event("state", { state }));
    }
  }

  async #run(bucketName, { what, types, prepare, source }, given) {
    let { signal } = this.#abort;
    const seen = () => this.dispatchEvent(event("visibility", { hidden: document.hidden }));
    try {
      const options = optionsOf(what, given, { ...SHARED, ...types });
      for (const name of EVENTS) {
        const handler = `on${name}`;
        this[handler] = options[handler];
        if (!CALLED) {
          this.addEventListener(name, (event) => this[handler]?.(event));
        }
      }
      if (options.signal !== undefined) {
        signal = AbortSignal.any([signal, options.signal]);
      }
      globalThis.document?.addEventListener("visibilitychange", seen);
      const { engine } = this.#session;
      const { name, begin } = await prepare(options);
      const bucket = await this.#session.bucket(bucketName, signal);
      const listener = this.#listener(bucketName, source, options.checkpoints);
      this.#job = engine.call(() => begin(bucket, name, listener));
      this.#controls.splice(0).forEach((command) => engine.call(() => command(this.#job)));
      const version = JSON.parse(await engine.result(this.#job, signal));
      this.#become("done");
      this.#forget(options.checkpoints);
      const total = version.size;
      this.#setProgress({ hashed: total, sent: total, accepted: total, total, fraction: 1 });
      return version;
    } catch (error) {
      this.#become(error?.kind === "Cancelled" || signal.aborted ? "cancelled" : "failed");
      throw error;
    } finally {
      globalThis.document?.removeEventListener("visibilitychange", seen);
    }
  }

  /** The listener for the events of the module. */
  #listener(bucket, source, checkpoints) {
    return {
      onProgress: (hashed, sent, accepted, total) => {
        const known = Number.isNaN(total) ? undefined : total;
        // The upload is complete when B2 confirms it.
        const fraction = known ? Math.min(Math.max(sent, accepted) / known, 0.999) : 0;
        this.#setProgress({ hashed, sent, accepted, total: known, fraction });
      },
      onState: (state) => this.#become(state),
      onStarted: (fileId, resumed) => this.dispatchEvent(event("started", { fileId, resumed })),
      onCheckpoint: (text) => {
        this.#checkpoint = text;
        this.#keep(checkpoints, (store) => store.put(text, { bucket, source }));
        this.dispatchEvent(event("checkpoint", { checkpoint: text }));
      },
      onRetry: (data, delay) => {
        const { kind, message, ...rest } = data;
        this.dispatchEvent(event("retry", { error: new B2Error(kind, message, rest), delay }));
      },
    };
  }

  /** Writes checkpoints. If that fails, the upload continues with a warning, and cannot be resumed. */
  #keep(checkpoints, write) {
    if (checkpoints !== undefined) {
      write(checkpoints).catch((error) => this.dispatchEvent(event("warning", { error })));
    }
  }

  #forget(checkpoints) {
    if (this.#checkpoint !== undefined) {
      const { fileId } = JSON.parse(this.#checkpoint);
      this.#keep(checkpoints, (store) => store.remove(fileId));
    }
  }

  #setProgress(progress) {
    this.#progress = progress;
    this.dispatchEvent(event("progress", progress));
  }
}

/** Blobs with up to so many bytes are read once, into memory. */
const SMALL = 64 << 10;

/** The platform's getter of the size of a blob; some platforms define it elsewhere. */
const ownSize = Object.getOwnPropertyDescriptor(Blob.prototype, "size")?.get;

/** Returns the size of a blob, whatever its property says. */
function sizeOf(blob) {
  return ownSize === undefined ? blob.slice(0, blob.size + 1).size : ownSize.call(blob);
}

/**
 * Returns the upload of a source, with these types of options. `files` opens files of the platform, if it has any;
 * `properties(options)` returns those that the module reads in another form.
 */
export function uploadOf(source, files, types = UPLOAD, properties = (options) => options) {
  return {
    what: "upload",
    types,
    source,
    async prepare(options) {
      const bytes = await bytesOf(source, files);
      const name = newName(options.name ?? bytes.name);
      const content = bytes instanceof Blob && !bytes.isHandle ? await contentOf(bytes, name) : bytes;
      const settings = settingsOf("upload", {
        contentType: bytes.type || undefined, ...properties(options), info: { ...bytes.info, ...options.info },
      });
      return {
        name,
        begin: (bucket, name, listener) => content instanceof ReadableStream
          ? bucket.uploadStream(content, name, settings, listener)
          : bucket.uploadBlob(content, name, settings, listener),
      };
    },
  };
}

/** Returns the options that the module reads, as JSON. */
export function settingsOf(what, { name, signal, checkpoints, ...options }) {
  EVENTS.forEach((type) => delete options[`on${type}`]);
  return toJson(what, options);
}

/** Returns the name of a new file. */
export function newName(name) {
  if (name === undefined || name === "") {
    throw new B2Error("InvalidFileName", "the new file needs a name");
  }
  return textOf("the name of the new file", name);
}

/**
 * Returns the bytes of a blob that can be read; `what` is shown in messages. They are no `File`: browsers look at the file again
 * whenever the size of one is needed, and the page waits for that.
 */
export async function readable(blob, what) {
  const there = sizeOf(blob);
  const bytes = blob.slice(0, there);
  // A dropped folder looks like a file until it is read.
  await read(bytes.slice(0, 1), what);
  if (there !== blob.size) {
    throw new B2Error("SourceChanged", `${what} has ${there} bytes, not ${blob.size} as it says`);
  }
  return bytes;
}

/** Whether the size of a blob is that of the platform. Deno reads as many bytes as the property says. */
function isPlain(blob) {
  return [Blob.prototype, globalThis.File?.prototype].includes(Object.getPrototypeOf(blob)) && !Object.hasOwn(blob, "size");
}

/** Returns the bytes of a small blob, and another one as it can be read. */
async function contentOf(blob, what) {
  const { size } = blob;
  if (size > SMALL || !isPlain(blob)) {
    return readable(blob, what);
  }
  const bytes = new Uint8Array(await read(blob, what));
  if (bytes.length !== size) {
    throw new B2Error("SourceChanged", `${what} gave ${bytes.length} bytes, not ${size} as it says`);
  }
  return bytes;
}

async function read(blob, what) {
  try {
    return await blob.arrayBuffer();
  } catch (cause) {
    throw new B2Error("Source", `${what} cannot be read: it is a folder, or not there any more`, { cause });
  }
}

/**
 * Returns what can be uploaded as a `Blob`, or as a `ReadableStream` if it can be read once only. A file of the platform has a
 * `name` and an `info`.
 */
export async function bytesOf(source, files, what = "upload") {
  const isText = typeof source?.content === "string";
  if (source instanceof Blob || source instanceof ReadableStream) {
    return source.locked ? invalid(what, "the stream is read by another reader") : source;
  }
  if (isText || source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    return new Blob([isText ? source.content : source]);
  }
  if (source?.content) {
    return bytesOf(source.content, files, what);
  }
  if (source?.[Symbol.asyncIterator]) {
    return streamOf(source);
  }
  return await files?.open(source) ?? invalid(what,
    "give a Blob, bytes, a stream, { content }, or in Node and Deno { path }");
}

/** Returns a stream of the chunks of an asynchronous iterable. */
function streamOf(chunks) {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await iterator.next();
      done ? controller.close() : controller.enqueue(value);
    },
    cancel: (reason) => iterator.return?.(reason),
  }, { highWaterMark: 0 });
}
