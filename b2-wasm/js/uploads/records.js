// What outlives the page of a list of uploads: one record each, with the file's handle where there is one.

import { KEEP, Table, VERSION } from "../table.js";

/** Records of uploads in IndexedDB: names and checkpoints as JSON text; no content, no URL, no token. */
export class Records {
  #table;

  constructor(name) {
    this.#table = new Table(name);
  }

  /** Those that are not too old, the oldest first. */
  async list() {
    const found = [];
    for (const value of await this.#table.run("readonly", (entries) => entries.getAll())) {
      const record = read(value);
      if (record === undefined) {
        await this.remove(value.id);
      } else {
        found.push(record);
      }
    }
    return found.sort((a, b) => a.added - b.added);
  }

  async get(id) {
    return read(await this.#table.run("readonly", (entries) => entries.get(id)));
  }

  /** A handle cannot be text, but a browser can keep it. */
  async put({ handle, ...record }) {
    const text = JSON.stringify({ ...record, version: VERSION, updated: Date.now() });
    const value = { id: record.id, text, handle };
    await this.#table.run("readwrite", (entries) => entries.put(value, record.id));
  }

  async remove(id) {
    await this.#table.run("readwrite", (entries) => entries.delete(id));
  }
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
