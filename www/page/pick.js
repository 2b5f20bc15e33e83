// Files that a visitor chooses or drops: each with its path, and a handle where the browser has them.

import { $ } from "./dom.js";

/** The type of a file. What B2 would make of its name can be any type; a gateway rather knows which. */
export function typeOf(file) {
  return file.type || "application/octet-stream";
}

/** Asks for files; for those of a folder, if `folder` is set. Nothing, if the visitor changes their mind. */
export async function pick({ folder = false } = {}) {
  const picker = folder ? globalThis.showDirectoryPicker : globalThis.showOpenFilePicker;
  if (picker === undefined) {
    return undefined;
  }
  try {
    const chosen = folder ? [await picker()] : await picker({ multiple: true });
    return await gather(chosen.map((handle) => ofHandle(handle, "")));
  } catch (error) {
    if (error.name === "AbortError") {
      return [];
    }
    throw error;
  }
}

/** One file, for an upload that goes on. */
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

/** What an `<input type="file">` has. */
export function ofInput(input) {
  const found = [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
  input.value = "";
  return found;
}

/** What was dropped. Call it in the event: afterwards the browser shows nothing any more. */
export function ofDrop({ items, files }) {
  const dropped = [...items].filter(({ kind }) => kind === "file");
  if (dropped.length === 0) {
    return gather([...files].map((file) => [{ file, path: file.name }]));
  }
  return gather(dropped.map((item) => {
    // Both must be asked now.
    const entry = item.webkitGetAsEntry?.();
    const handle = item.getAsFileSystemHandle?.();
    const file = item.getAsFile();
    const others = () => entry ? ofEntry(entry) : [{ file, path: file.name }];
    return handle === undefined ? others() : handle.then((found) => ofHandle(found, ""), others);
  }));
}

async function gather(parts) {
  return (await Promise.all(parts)).flat();
}

/** What the browser may not read is named, without a file. */
async function ofHandle(handle, folder) {
  if (handle.kind === "file") {
    return [{ file: await handle.getFile().catch(() => undefined), path: folder + handle.name, handle }];
  }
  const parts = [];
  for await (const child of handle.values()) {
    parts.push(ofHandle(child, `${folder}${handle.name}/`));
  }
  return gather(parts);
}

async function ofEntry(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve) => entry.file(resolve, () => resolve(undefined)));
    return [{ file, path: entry.fullPath.slice(1) }];
  }
  const reader = entry.createReader();
  const parts = [];
  for (;;) {
    // A folder is told in portions; an empty one is the end.
    const children = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (children.length === 0) {
      return gather(parts);
    }
    parts.push(...children.map(ofEntry));
  }
}
