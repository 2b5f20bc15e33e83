// The whole client, with synchronization.

import { clientOver } from "./b2.js";
import { B2Error, fromData } from "./errors.js";
import { ANY, CALLBACK, COUNT, FLAG, TEXT, optionsOf } from "./options.js";
import { Session } from "./session.js";
import { toJson, wellFormed } from "./text.js";
import { CALLED, event } from "./upload.js";

/** The events of a synchronization. */
const EVENTS = ["progress", "state", "transferred", "removed", "explained", "skipped", "failed", "dropped", "retry"];

/** The types of the options. */
const TYPES = {
  compare: TEXT, compareThreshold: COUNT, newerFiles: TEXT, delete: FLAG, keepDays: ANY, keepNewest: COUNT, maxDelete: ANY,
  filters: ANY, filesFrom: ANY, noTraverse: FLAG, explain: FLAG, dryRun: FLAG, concurrency: COUNT, allowEmptySource: FLAG,
  ...Object.fromEntries(EVENTS.map((type) => [`on${type}`, CALLBACK])),
};

/** Final states. */
const ENDS = ["done", "failed", "cancelled"];

/** A synchronization. Await its `done` for the report, listen to its events, or control it. */
export class Synchronization extends EventTarget {
  #session;
  #job;
  #controls = [];
  #progress;
  #state = "running";
  #abort = new AbortController();

  constructor(session, source, destination, options) {
    super();
    this.#session = session;
    this.done = this.#run(source, destination, options);
    // As promises of the platform that are properties: a failure is not an unhandled rejection if only events are used.
    this.done.catch(() => {});
  }

  /** The counts so far; `undefined` before the first. */
  get progress() {
    return this.#progress;
  }

  get state() {
    return this.#state;
  }

  /** Starts no further file, and pauses those under way. */
  pause() {
    this.#control((job) => job.pause());
    this.#become("paused");
  }

  /** Goes on after a pause. */
  resume() {
    this.#control((job) => job.resume());
    this.#become("running");
  }

  /** Cancels the synchronization. Unless `discard` is set, what B2 has stored of unfinished files stays and can be resumed. */
  cancel(options) {
    const { discard = false } = optionsOf("cancel", options, { discard: FLAG });
    if (this.#job === undefined) {
      this.#abort.abort(new B2Error("Cancelled", "the synchronization was cancelled"));
    }
    this.#control((job) => job.cancel(discard));
    return this.done.then(() => {}, () => {});
  }

  /** Sets the number of files that are worked on at once. */
  setConcurrency(files) {
    optionsOf("setConcurrency", { files }, { files: COUNT });
    this.#control((job) => job.setConcurrency(files));
  }

  /** Runs a command on the job, or when there is one. */
  #control(command) {
    if (this.#job === undefined) {
      this.#controls.push(command);
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

  async #run(source, destination, given) {
    let { signal } = this.#abort;
    try {
      const { signal: other, ...options } = optionsOf("sync", given, TYPES);
      for (const name of EVENTS) {
        const handler = `on${name}`;
        this[handler] = options[handler];
        delete options[handler];
        if (!CALLED) {
          this.addEventListener(name, (event) => this[handler]?.(event));
        }
      }
      if (other !== undefined) {
        signal = AbortSignal.any([signal, other]);
      }
      const { engine } = this.#session;
      const [from, to] = [sideOf("source", source), sideOf("destination", destination)];
      const settings = settingsOf(to.folder, options);
      const client = await this.#session.client(signal);
      const folders = [];
      for (const { folder, bucket, prefix } of [from, to]) {
        const handle = folder === undefined ? await this.#session.bucket(bucket, signal) : undefined;
        folders.push(engine.call(({ SyncFolder }) =>
          handle === undefined ? SyncFolder.local(folder) : SyncFolder.inBucket(handle, wellFormed(prefix))));
      }
      this.#job = engine.call(() => client.sync(...folders, settings, this.#listener()));
      this.#controls.splice(0).forEach((command) => engine.call(() => command(this.#job)));
      const report = JSON.parse(await engine.result(this.#job, signal));
      this.#progress = report;
      this.#become("done");
      return report;
    } catch (error) {
      this.#become(error?.kind === "Cancelled" || signal.aborted ? "cancelled" : "failed");
      throw error;
    }
  }

  /** The listener for the events of the module. */
  #listener() {
    return {
      onEvent: (type, detail, data) => {
        const fields = JSON.parse(detail);
        if (type === "progress") {
          this.#progress = fields;
        }
        this.dispatchEvent(event(type, data === undefined ? fields : { ...fields, error: fromData(data) }));
      },
    };
  }
}

/** Returns one side: a folder, or a bucket and a prefix. */
function sideOf(what, side) {
  if (typeof side?.entries === "function" && typeof side.open === "function") {
    return { folder: side };
  }
  const { bucket, prefix = "", ...rest } = side ?? {};
  const name = typeof bucket === "string" ? bucket : bucket?.name;
  const [extra] = Object.keys(rest);
  if (typeof name !== "string" || typeof prefix !== "string" || extra !== undefined) {
    throw new B2Error("InvalidInput",
      `sync: the ${what} is { bucket, prefix }, or a folder of folderOf or folderAt${extra ? `; it has no \`${extra}\`` : ""}`);
  }
  return { bucket: name, prefix };
}

/** Returns the options that the module reads, as JSON. It refuses those that the destination cannot have. */
function settingsOf(destination, options) {
  if (destination !== undefined && typeof destination.create !== "function") {
    throw new B2Error("InvalidInput", "sync: the destination can be read only; give a folder of a handle or of a path");
  }
  const { compare = "modTime", maxDelete } = options;
  if (destination?.keepsTimes === false && compare === "modTime") {
    throw new B2Error("InvalidInput",
      'sync: a page cannot set the times of files in the destination, so they cannot be compared by time; \
set compare to "sha1" or "size"');
  }
  // JSON cannot express `Infinity`.
  return toJson("sync", { ...options, maxDelete: maxDelete === Infinity ? "100%" : maxDelete });
}

/** The class `B2` with synchronization, over the module that `engine` runs. */
export function synchronizerOver(engine) {
  return class B2 extends clientOver(engine) {
    #session;

    constructor(options) {
      const session = new Session(engine, options);
      super(options, session);
      this.#session = session;
    }

    /** Makes the destination like the source. */
    sync(source, destination, options) {
      return new Synchronization(this.#session, source, destination, options);
    }
  };
}
