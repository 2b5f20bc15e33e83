// Chosen and dropped files, with their paths and, if the browser supports them, their handles.

import { $ } from "./dom.js";

/**
 * Returns the options of the upload of a file. B2 would choose a content type by its name, which the grant might not permit. The
 * SHA-1 of the whole of a large file lets downloads be verified.
 */
export function uploadOptions(file) {
  return { contentType: file.type || "application/octet-stream", wholeSha1: true };
}

/**
 * Shows the file picker. Returns an empty array if it is cancelled, and `undefined` if the browser has no file handles.
 * Folders are chosen with an `<input>`, since the handle of a folder omits files with some names.
 */
export async function pick() {
  if (globalThis.showOpenFilePicker === undefined) {
    return undefined;
  }
  try {
    const chosen = await showOpenFilePicker({ multiple: true });
    return await Promise.all(chosen.map(ofHandle));
  } catch (error) {
    if (error.name === "AbortError") {
      return [];
    }
    throw error;
  }
}

/** Shows the file picker for the file of an upload that is resumed. */
export async function pickAgain() {
  if (globalThis.showOpenFilePicker !== undefined) {
    const [found] = (await pick()) ?? [];
    return found?.file;
  }
  const input = $("input-again");
  input.value = "";
  return new Promise((resolve) => {
    input.onchange = () => resolve(input.files[0]);
    input.oncancel = () => resolve(undefined);
    input.click();
  });
}

/** Returns the files of an `<input type="file">`, and clears it. */
export function ofInput(input) {
  const found = [...input.files].map((file) => ({ file, path: pathOf(file) }));
  input.value = "";
  return found;
}

/** Returns the path in the chosen folder. In `webkitRelativePath`, a backslash in a name is a slash. */
function pathOf({ name, webkitRelativePath: path }) {
  return path === "" || path === undefined ? name : path.slice(0, -name.length) + name;
}

/**
 * Returns the dropped files. It must be called within the event, since the data is not available afterwards.
 *
 * Entries contain every file. Handles can be stored for a reload, but omit some files. So the files are those of the
 * entries, each with its handle if there is one.
 */
export function ofDrop({ items, files }) {
  const dropped = [...items].filter(({ kind }) => kind === "file");
  if (dropped.length === 0) {
    return gather([...files].map((file) => [{ file, path: file.name }]));
  }
  return gather(dropped.map((item) => {
    // These calls must be made within the event.
    const entry = item.webkitGetAsEntry?.();
    const handle = item.getAsFileSystemHandle?.();
    const file = item.getAsFile();
    return ofDropped(entry, handle, file);
  }));
}

/** The name that browsers give to a copied picture that is not a file. */
const COPIED_PICTURE = "image.png";

/** How old a copied picture is at most, in milliseconds: browsers create its file when it is pasted. */
const JUST_NOW = 10_000;

/** Returns the pasted files. A copied picture gets a name with the time, since each would have the same. */
export async function ofPaste(data) {
  const found = await ofDrop(data);
  const [{ file, path } = {}] = found;
  if (found.length > 1 || path !== COPIED_PICTURE || Date.now() - file?.lastModified > JUST_NOW) {
    return found;
  }
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString();
  return [{ file, path: `image ${local.slice(0, 10)} ${local.slice(11, 19).replaceAll(":", ".")}.png` }];
}

async function ofDropped(entry, handle, file) {
  const handles = new Map();
  await collect(await handle?.catch(() => undefined), "", handles);
  const found = entry ? await ofEntry(entry) : [{ file, path: file?.name }];
  const mayLackHandle = handle !== undefined;
  const paths = new Set(found.map(({ path }) => path));
  const others = entry ? [...handles].filter(([path]) => !paths.has(path)) : [];
  return gather([
    found.map((one) => ({ ...one, handle: handles.get(one.path), mayLackHandle })),
    ...others.map(async ([path, other]) => ({ ...await ofHandle(other), path })),
  ]);
}

async function gather(parts) {
  return (await Promise.all(parts)).flat();
}

/** Returns the file of a handle, or only its path if it cannot be read. */
async function ofHandle(handle) {
  return { file: await handle.getFile().catch(() => undefined), path: handle.name, handle };
}

/** Collects the handles of all files by path. */
async function collect(handle, folder, into) {
  if (handle?.kind === "file") {
    into.set(folder + handle.name, handle);
  } else if (handle !== undefined) {
    try {
      for await (const child of handle.values()) {
        await collect(child, `${folder}${handle.name}/`, into);
      }
    } catch {
      // Files are also uploaded without a handle.
    }
  }
}

/** Returns the files of an entry. A folder that cannot be read is returned as a path without a file. */
async function ofEntry(entry) {
  const path = entry.fullPath.slice(1);
  if (entry.isFile) {
    const file = await new Promise((resolve) => entry.file(resolve, () => resolve(undefined)));
    return [{ file, path }];
  }
  const reader = entry.createReader();
  const parts = [];
  for (;;) {
    // Each call returns some of the children; an empty result is the end.
    const children = await new Promise((resolve) => reader.readEntries(resolve, () => resolve(undefined)));
    if (children === undefined) {
      parts.push([{ file: undefined, path: `${path}/` }]);
    }
    if (!children?.length) {
      return gather(parts);
    }
    parts.push(...children.map(ofEntry));
  }
}
