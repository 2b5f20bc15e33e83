// Folders of a page: handles, dropped items, and lists of files.

import { B2Error } from "../errors.js";
import { HandleFolder } from "./handle.js";
import { compareNames, parts, walk } from "./walk.js";

/** Returns a folder of a handle, of dropped items, or of chosen files. Dropped items are gone after the handler of the drop. */
export function folderOf(source) {
  if (source?.kind === "directory" && typeof source.getDirectoryHandle === "function") {
    return new HandleFolder(source);
  }
  const list = source?.items ?? source;
  if (typeof list === "object" && typeof list?.[Symbol.iterator] === "function") {
    const items = [...list];
    if (items.every((item) => item instanceof Blob)) {
      return new ChosenFolder(items);
    }
    if (items.every((item) => typeof item?.webkitGetAsEntry === "function")) {
      return new DroppedFolder(items.map((item) => item.webkitGetAsEntry()).filter((entry) => entry));
    }
  }
  throw new B2Error("InvalidInput",
    "give a FileSystemDirectoryHandle, the items of a drop, or the files of an <input webkitdirectory>");
}

/** Files that were chosen, with their paths. */
class ChosenFolder {
  #files;

  constructor(files) {
    this.#files = files.map((file) => ({ name: pathOf(file), file })).sort((a, b) => compareNames(a.name, b.name));
  }

  async *entries(wants = () => true) {
    yield this.#files.filter(({ name }) => wants(name)).map(({ name, file }) => ({ name, ...sizeAndTime(file) }));
  }

  async open(name) {
    return (this.#files.find((chosen) => chosen.name === name) ?? gone(name)).file;
  }
}

/** Returns the path of a chosen file below the chosen folder. */
function pathOf({ name, webkitRelativePath }) {
  return webkitRelativePath ? webkitRelativePath.slice(webkitRelativePath.indexOf("/") + 1) : name;
}

/** Entries that were dropped. A single folder is the root itself; otherwise they are in the root. */
class DroppedFolder {
  #root;

  constructor(entries) {
    const [first] = entries;
    this.#root = entries.length === 1 && first.isDirectory ? first : entries;
  }

  entries(wants) {
    return walk(this.#root, { list, look: async (entry) => sizeAndTime(await fileOf(entry)) }, wants);
  }

  async open(name) {
    const { folders, last } = parts(name);
    let folder = this.#root;
    if (Array.isArray(folder)) {
      const first = folders.shift() ?? last;
      const entry = folder.find((entry) => entry.name === first) ?? gone(name);
      if (entry.isFile) {
        return fileOf(entry);
      }
      folder = entry;
    }
    const path = [...folders, last].join("/");
    return fileOf(await new Promise((resolve, reject) => folder.getFile(path, {}, resolve, reject)));
  }
}

async function* list(folder) {
  const kindOf = (entry) => ({ name: entry.name, kind: entry.isDirectory ? "folder" : "file", at: entry });
  if (Array.isArray(folder)) {
    yield* folder.map(kindOf);
    return;
  }
  const reader = folder.createReader();
  for (;;) {
    // Each call gives some more, and none at the end.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) {
      return;
    }
    yield* some.map(kindOf);
  }
}

function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function sizeAndTime({ size, lastModified }) {
  return { size, modified: lastModified };
}

function gone(name) {
  throw new Error(`there is no file '${name}' any more`);
}
