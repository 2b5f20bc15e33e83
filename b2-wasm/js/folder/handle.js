// Folders of handles: those that a visitor chose or dropped, and the page's own (OPFS).

import { FileTarget } from "../file.js";
import { isGone, parts, temporaryName, walk } from "./walk.js";

/** The ending of the files to which Chromium writes before it replaces a file. */
const SWAP = ".crswap";

/** A folder of a `FileSystemDirectoryHandle`. */
export class HandleFolder {
  /** The time of modification cannot be set. */
  keepsTimes = false;
  #root;

  constructor(root) {
    this.#root = root;
  }

  entries(wants) {
    return walk(this.#root, { list, look }, wants);
  }

  async open(name) {
    const { folder, last } = await this.#find(name);
    return (await folder.getFileHandle(last)).getFile();
  }

  async create(name) {
    const { folder, last } = await this.#find(name, { create: true });
    const handle = await folder.getFileHandle(temporaryName(), { create: true });
    return new HandleFile(folder, last, handle);
  }

  async createFolder(name) {
    // Folders on the way to a file are created.
    await this.#find(`${name}/file`, { create: true });
  }

  async remove(name) {
    try {
      const { folder, last } = await this.#find(name);
      await folder.removeEntry(last);
    } catch (error) {
      if (!isGone(error)) {
        throw error;
      }
    }
  }

  async #find(name, options) {
    const { folders, last } = parts(name);
    let folder = this.#root;
    for (const part of folders) {
      folder = await folder.getDirectoryHandle(part, options);
    }
    return { folder, last };
  }
}

async function* list(folder) {
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind === "directory") {
      yield { name, kind: "folder", at: handle };
    } else if (!name.endsWith(SWAP)) {
      yield { name, kind: "file", at: handle };
    }
  }
}

async function look(handle) {
  const { size, lastModified } = await handle.getFile();
  return { size, modified: lastModified };
}

/** A file that is being downloaded, under a temporary name. */
class HandleFile {
  readsBack = true;
  #folder;
  #name;
  #handle;
  #target;

  constructor(folder, name, handle) {
    this.#folder = folder;
    this.#name = name;
    this.#handle = handle;
    this.#target = new FileTarget(handle);
  }

  write(offset, bytes) {
    return this.#target.write(offset, bytes);
  }

  read(offset, max) {
    return this.#target.read(offset, max);
  }

  async close() {
    await this.#target.close();
    try {
      await this.#handle.move(this.#name);
    } catch {
      // Some browsers cannot rename files, or not to a name that exists: the file is replaced by a copy.
      const file = await this.#handle.getFile();
      const target = await this.#folder.getFileHandle(this.#name, { create: true });
      await file.stream().pipeTo(await target.createWritable());
      await this.#remove();
    }
  }

  async abort() {
    await this.#target.abort();
    await this.#remove();
  }

  async #remove() {
    await this.#folder.removeEntry(this.#handle.name).catch(() => {});
  }
}
