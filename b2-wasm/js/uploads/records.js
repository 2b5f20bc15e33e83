// Stored records of a list of uploads, with the handles of files where there are any.

import { KEEP, Table, VERSION } from "../table.js";

/** The least time between writes, in milliseconds. */
const EVERY = 500;

/** The number of records that are written before the page has its turn. */
const AT_ONCE = 100;

/** Records of uploads in IndexedDB: names and checkpoints as JSON text; no content, URL or token. */
export class Records {
  #table;
  #writing;
  #changes = new Map();
  #timer;
  #written = -EVERY;

  /** `writing(promise, ended)` is called for each write, with the ids of the records that it deletes. */
  constructor(name, writing) {
    this.#table = new Table(name);
    this.#writing = writing;
  }

  /** Lists the records that are not too old, the oldest first. */
  async list() {
    const values = await this.#table.run("readonly", (entries) => entries.getAll());
    values.filter((value) => read(value) === undefined).forEach(({ id }) => this.forget(id));
    return values.map(read).filter((record) => record !== undefined).sort((a, b) => a.added - b.added);
  }

  /** Whether there are changes that are not written yet. */
  get isChanged() {
    return this.#changes.size > 0;
  }

  async get(id) {
    return read(await this.#table.run("readonly", (entries) => entries.get(id)));
  }

  /** Lists the ids of all records. */
  async ids() {
    return this.#table.run("readonly", (entries) => entries.getAllKeys());
  }

  /**
   * Stores records, with `tab` as the tab that runs their uploads; but not those that another tab has stored which is not among
   * `closed`. Returns the tabs of these, by id.
   */
  async claim(records, tab, closed) {
    const others = new Map();
    records.forEach(({ id }) => this.#changes.delete(id));
    await this.#table.run("readwrite", (entries) => records.map((record) => {
      const request = entries.get(record.id);
      request.onsuccess = () => {
        const other = request.result && read(request.result)?.tab;
        if (other === tab || closed.has(other)) {
          entries.put(valueOf({ ...record, tab }), record.id);
        } else {
          others.set(record.id, other);
        }
      };
      return request;
    }).at(-1));
    return others;
  }

  /** Stores a record: at once, or a little later if there was a write just before. */
  keep(record) {
    this.#change(record.id, record);
  }

  /** Deletes the record of an upload that is over. */
  forget(id) {
    this.#change(id, undefined);
  }

  #change(id, record) {
    this.#changes.set(id, record);
    this.#timer ??= setTimeout(() => this.flush(), Math.max(0, this.#written + EVERY - performance.now()));
  }

  /** Writes all changes in one transaction: thousands of transactions would take a minute. */
  async flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const changes = this.#changes;
    if (changes.size > 0) {
      this.#changes = new Map();
      this.#written = performance.now();
      const ended = [...changes.keys()].filter((id) => changes.get(id) === undefined);
      await this.#writing(this.#write(changes), ended);
    }
  }

  async #write(changes) {
    const left = [...changes];
    await this.#table.run("readwrite", (entries) => {
      const some = () => {
        const requests = left.splice(0, AT_ONCE)
          .map(([id, record]) => record === undefined ? entries.delete(id) : entries.put(valueOf(record), id));
        if (left.length > 0) {
          requests.at(-1).onsuccess = some;
        } else {
          // Otherwise the end of the page could abort the transaction.
          entries.transaction.commit?.();
        }
        return requests[0];
      };
      return some();
    });
  }
}

/** Returns the stored value: JSON text, and the handle, which IndexedDB can store. */
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
