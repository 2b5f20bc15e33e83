// Files that a visitor chooses or drops: each with its path, and a handle where the browser has them.

import { $ } from "./dom.js";

/** The type of a file. What B2 would make of its name can be any type; a gateway rather knows which. */
export function typeOf(file) {
  return file.type || "application/octet-stream";
}

/**
 * Asks for files. Nothing, if the visitor changes their mind; `undefined`, where the browser has no handles. A folder is
 * not asked for here: its handle leaves out files with names that it does not like, and tells nobody.
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
  const found = [...input.files].map((file) => ({ file, path: pathOf(file) }));
  input.value = "";
  return found;
}

/** The path in the folder that was chosen. A browser writes a backslash in a name as a slash there; the name is right. */
function pathOf({ name, webkitRelativePath: path }) {
  return path === "" || path === undefined ? name : path.slice(0, -name.length) + name;
}

/**
 * What was dropped. Call it in the event: afterwards the browser shows nothing any more.
 *
 * Entries name every file; handles can be kept over a reload, and leave out some. So the files are those of the entries,
 * each with its handle where there is one.
 */
export function ofDrop({ items, files }) {
  const dropped = [...items].filter(({ kind }) => kind === "file");
  if (dropped.length === 0) {
    return gather([...files].map((file) => [{ file, path: file.name }]));
  }
  return gather(dropped.map((item) => {
    // All must be asked now.
    const entry = item.webkitGetAsEntry?.();
    const handle = item.getAsFileSystemHandle?.();
    const file = item.getAsFile();
    return ofDropped(entry, handle, file);
  }));
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

/** A file that was chosen. What the browser may not read is named, without a file. */
async function ofHandle(handle) {
  return { file: await handle.getFile().catch(() => undefined), path: handle.name, handle };
}

/** Notes the handles of all files, by path. */
async function collect(handle, folder, into) {
  if (handle?.kind === "file") {
    into.set(folder + handle.name, handle);
  } else if (handle !== undefined) {
    try {
      for await (const child of handle.values()) {
        await collect(child, `${folder}${handle.name}/`, into);
      }
    } catch {
      // Without handles the files are uploaded all the same.
    }
  }
}

/** The files of an entry. A folder that cannot be read is named as a file that cannot. */
async function ofEntry(entry) {
  const path = entry.fullPath.slice(1);
  if (entry.isFile) {
    const file = await new Promise((resolve) => entry.file(resolve, () => resolve(undefined)));
    return [{ file, path }];
  }
  const reader = entry.createReader();
  const parts = [];
  for (;;) {
    // A folder is told in portions; an empty one is the end.
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
