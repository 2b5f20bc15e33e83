// What outlives a page: one account, and how far uploads have come. Both as JSON text in IndexedDB.

import { KEEP, VERSION, Table } from "./table.js";

/**
 * Keeps an account in IndexedDB. Where that is not to be had, as in some private windows, it keeps it in
 * memory, and `onwarning` is told.
 */
export class IndexedDbStore {
  #table;
  #memory;
  #onwarning;

  constructor({ name = "b2-account", onwarning = () => {} } = {}) {
    this.location = `IndexedDB ${name}`;
    this.#table = new Table(name);
    this.#onwarning = onwarning;
  }

  load() {
    return this.#try((table) => table.run("readonly", (entries) => entries.get("account")), () => this.#memory);
  }

  save(text) {
    this.#memory = text;
    return this.#try((table) => table.run("readwrite", (entries) => entries.put(text, "account")), () => {});
  }

  clear() {
    this.#memory = undefined;
    return this.#try((table) => table.run("readwrite", (entries) => entries.delete("account")), () => {});
  }

  async #try(operation, otherwise) {
    if (this.#table !== undefined) {
      try {
        return await operation(this.#table);
      } catch (error) {
        this.#table = undefined;
        this.location = "memory";
        this.#onwarning(error);
      }
    }
    return otherwise();
  }
}

/** Keeps the account as long as the page. */
export class MemoryStore {
  #text;
  location = "memory";

  async load() {
    return this.#text;
  }

  async save(text) {
    this.#text = text;
  }

  async clear() {
    this.#text = undefined;
  }
}

/**
 * Keeps how far uploads have come, for six days: no content, no URL, no token. Names of files are in it:
 * `clear` it on computers that are shared.
 */
export class CheckpointStore {
  #table;

  constructor({ name = "b2-uploads" } = {}) {
    this.#table = new Table(name);
  }

  /** What could be gone on with, the newest first. */
  async list() {
    const texts = await this.#table.run("readonly", (entries) => entries.getAll());
    const found = [];
    for (const text of texts) {
      const entry = read(text);
      if (entry !== undefined) {
        found.push(entry);
      }
    }
    await this.#expire();
    return found.sort((a, b) => b.updated - a.updated);
  }

  /** Keeps a checkpoint in place of an earlier one of the same upload. */
  async put(checkpoint, { bucket, source }) {
    const { fileId, fileName, len } = JSON.parse(checkpoint);
    const entry = {
      version: VERSION,
      id: fileId,
      bucket,
      name: fileName,
      size: len,
      sourceName: source?.name,
      lastModified: source?.lastModified,
      updated: Date.now(),
      checkpoint,
    };
    await this.#table.run("readwrite", (entries) => entries.put(JSON.stringify(entry), entry.id));
  }

  async remove(id) {
    await this.#table.run("readwrite", (entries) => entries.delete(id));
  }

  async clear() {
    await this.#table.run("readwrite", (entries) => entries.clear());
  }

  async #expire() {
    const keys = await this.#table.run("readonly", (entries) => entries.getAllKeys());
    for (const key of keys) {
      const text = await this.#table.run("readonly", (entries) => entries.get(key));
      if (read(text) === undefined) {
        await this.remove(key);
      }
    }
  }
}

/** An entry, unless it is too old, or of a version that is not understood. */
function read(text) {
  try {
    const entry = JSON.parse(text);
    return entry.version === VERSION && entry.updated > Date.now() - KEEP ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a file seems to be the one that an entry is of. Its bytes decide: they are hashed again. */
export function matches(entry, file) {
  return entry.size === file.size
    && (entry.lastModified === undefined || entry.lastModified === file.lastModified);
}
