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
    const values = await this.#table.run("readonly", (entries) => entries.getAll());
    const old = values.filter((value) => read(value) === undefined);
    if (old.length > 0) {
      await this.write(new Map(old.map(({ id }) => [id, undefined])));
    }
    return values.map(read).filter((record) => record !== undefined).sort((a, b) => a.added - b.added);
  }

  async get(id) {
    return read(await this.#table.run("readonly", (entries) => entries.get(id)));
  }

  /** Keeps a record for each id, or nothing any more, all at once: thousands of transactions would take a minute. */
  async write(changes) {
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
