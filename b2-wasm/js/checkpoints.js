// Checkpoints of uploads in IndexedDB, as JSON text.

import { TEXT, optionsOf } from "./options.js";
import { KEEP, VERSION, Table } from "./table.js";

/**
 * Keeps checkpoints of uploads for six days: no content, no URL, no token. They contain names of files: call `clear` on shared
 * computers.
 */
export class CheckpointStore {
  #table;

  constructor(options) {
    const { name = "b2-uploads" } = optionsOf("CheckpointStore", options, { name: TEXT });
    this.#table = new Table(name);
  }

  /** Lists the uploads that can be resumed, the newest first. */
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

  /** Replaces the checkpoint of an upload. */
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

/** Reads an entry, unless it is too old or has an unknown version. */
function read(text) {
  try {
    const entry = JSON.parse(text);
    return entry.version === VERSION && entry.updated > Date.now() - KEEP ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a file seems to be the one of an entry. Its bytes are hashed again before they are used. */
export function matches(entry, file) {
  return entry.size === file.size
    && (entry.lastModified === undefined || entry.lastModified === file.lastModified);
}
