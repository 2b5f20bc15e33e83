// Folders of Node and Deno, by their paths.

import { openAsBlob } from "node:fs";
import { lstat, mkdir, open, opendir, rename, unlink, utimes } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { isGone, parts, temporaryName, walk } from "./walk.js";

/** Returns the folder at a path. Nothing is read before it is used. */
export function folderAt(path) {
  return new PathFolder(resolve(path));
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
    const path = await this.#find(name, { create: true });
    const there = await lstat(path).catch(absent);
    if (there !== undefined && !there.isFile()) {
      throw new Error("there is a folder, a link or a special file of this name");
    }
    const temporary = join(path, "..", temporaryName());
    return new PathFile(await open(temporary, "wx+", there?.mode ?? 0o666), temporary, path);
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

function absent(error) {
  if (!isGone(error)) {
    throw error;
  }
}

/** A file that is being downloaded. It gets its name when it is complete. */
class PathFile {
  readsBack = true;
  #file;
  #temporary;
  #path;

  constructor(file, temporary, path) {
    this.#file = file;
    this.#temporary = temporary;
    this.#path = path;
  }

  async write(offset, bytes) {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
  }

  async read(offset, max) {
    const bytes = new Uint8Array(max);
    const { bytesRead } = await this.#file.read(bytes, 0, max, offset);
    return bytes.subarray(0, bytesRead);
  }

  async close(modified) {
    await this.#file.close();
    if (modified !== undefined) {
      // A hundredth of a millisecond more, since the time is rounded down after it was divided.
      const seconds = (modified + 0.01) / 1000;
      await utimes(this.#temporary, seconds, seconds);
    }
    await rename(this.#temporary, this.#path);
  }

  async abort() {
    await this.#file.close().catch(() => {});
    await unlink(this.#temporary).catch(absent);
  }
}
