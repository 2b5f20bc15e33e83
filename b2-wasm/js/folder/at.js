// Folders of Node and Deno, by their paths.

import { openAsBlob } from "node:fs";
import { lstat, mkdir, opendir, unlink } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { textOf } from "../options.js";
import { absent, createFile } from "./path-file.js";
import { parts, walk } from "./walk.js";

/** Returns the folder at a path. Nothing is read before it is used. */
export function folderAt(path) {
  return new PathFolder(resolve(textOf("folderAt: the path", path)));
}

class PathFolder {
  #root;

  constructor(root) {
    this.#root = root;
  }

  entries(wants) {
    return walk(this.#root, { list, look }, wants);
  }

  async open(name) {
    const path = await this.#find(name);
    const { size, modified } = await look(path);
    const blob = await openAsBlob(path);
    if (blob.size !== size) {
      throw new Error("it has changed while it was opened");
    }
    return Object.assign(blob, { lastModified: modified });
  }

  async create(name) {
    return createFile(await this.#find(name, { create: true }));
  }

  async createFolder(name) {
    // Folders on the way to a file are created.
    await this.#find(`${name}/file`, { create: true });
  }

  async remove(name) {
    try {
      await unlink(await this.#find(name));
    } catch (error) {
      absent(error);
    }
  }

  /** Returns the path of a file. No folder on the way may be a link, which could lead out of the root. */
  async #find(name, { create = false } = {}) {
    const { folders, last } = parts(name);
    if (sep === "\\" && /[\\:]/.test(name)) {
      throw new Error("its name contains a character that Windows does not allow in names");
    }
    let path = this.#root;
    if (create) {
      await mkdir(path, { recursive: true });
    }
    for (const folder of folders) {
      path = join(path, folder);
      if (create) {
        await mkdir(path).catch((error) => {
          if (error.code !== "EEXIST") {
            throw error;
          }
        });
      }
      if (!(await lstat(path)).isDirectory()) {
        throw new Error(`'${folder}' is not a folder; links are not followed`);
      }
    }
    return join(path, last);
  }
}

async function* list(folder) {
  for await (const entry of await opendir(folder)) {
    const kind = entry.isFile() ? "file" : entry.isDirectory() ? "folder" : entry.isSymbolicLink() ? "symlink" : "special";
    yield { name: entry.name, kind, at: join(folder, entry.name) };
  }
}

async function look(path) {
  const found = await lstat(path);
  if (!found.isFile()) {
    throw new Error("it is not a file any more");
  }
  return { size: found.size, modified: Math.floor(found.mtimeMs) };
}
