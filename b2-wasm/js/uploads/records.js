// What outlives the page of a list of uploads: one record each, with the file's handle where there is one.

import { KEEP, Table, VERSION } from "../table.js";

/** What changes all the time is written at most so often. */
const EVERY = 500;

/** Records of uploads in IndexedDB: names and checkpoints as JSON text; no content, no URL, no token. */
export class Records {
  #table;
  #writing;
  #changes = new Map();
  #timer;
  #written = -EVERY;

  /** `writing(promise)` is told of everything that is written. */
  constructor(name, writing) {
    this.#table = new Table(name);
    this.#writing = writing;
  }

  /** Those that are not too old, the oldest first. */
  async list() {
    const values = await this.#table.run("readonly", (entries) => entries.getAll());
    const old = values.filter((value) => read(value) === undefined);
    if (old.length > 0) {
      await this.#write(new Map(old.map(({ id }) => [id, undefined])));
    }
    return values.map(read).filter((record) => record !== undefined).sort((a, b) => a.added - b.added);
  }

  async get(id) {
    return read(await this.#table.run("readonly", (entries) => entries.get(id)));
  }

  /** Keeps a record, at once; what follows soon, a little later. */
  keep(record) {
    this.#changes.set(record.id, record);
    this.#timer ??= setTimeout(() => this.flush(), Math.max(0, this.#written + EVERY - performance.now()));
  }

  /** What is over must not be offered again. */
  forget(id) {
    this.#changes.set(id, undefined);
    this.flush();
  }

  /** Writes what is to be written, all of it at once: thousands of transactions would take a minute. */
  async flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const changes = this.#changes;
    if (changes.size > 0) {
      this.#changes = new Map();
      this.#written = performance.now();
      await this.#writing(this.#write(changes));
    }
  }

  async #write(changes) {
    await this.#table.run("readwrite", (entries) => {
      let request;
      for (const [id, record] of changes) {
        request = record === undefined ? entries.delete(id) : entries.put(valueOf(record), id);
      }
      return request;
    });
  }
}

/** A handle cannot be text, but a browser can keep it. */
function valueOf({ handle, ...record }) {
  const text = JSON.stringify({ ...record, version: VERSION, updated: Date.now() });
  return { id: record.id, text, handle };
}

function read(value) {
  try {
    const record = JSON.parse(value.text);
    const usable = record.version === VERSION && record.updated > Date.now() - KEEP;
    return usable ? { ...record, handle: value.handle } : undefined;
  } catch {
    return undefined;
  }
}
