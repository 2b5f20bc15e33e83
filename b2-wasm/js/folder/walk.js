// The walk through a tree of folders in the order in which B2 lists names.

/** The number of entries of a page, which are looked at together. */
const PAGE = 256;

/** The number of names of one folder that are in memory. A larger folder is read once more for each further so many. */
const SORTED = 50_000;

/** The names of files that are being downloaded, which are left out. */
const TEMPORARY = /^\.b2-[\da-f]{16}\.part$/;

/** Returns a name for a file that is being downloaded. */
export function temporaryName() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `.b2-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}.part`;
}

/**
 * Compares names by their UTF-8 bytes, as B2 does. JavaScript compares UTF-16, in which the characters beyond U+FFFF, as pairs
 * of surrogates, are before U+E000.
 */
export function compareNames(a, b) {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) {
      return (x >= 0xd800 && y >= 0xd800) ? rank(x) - rank(y) : x - y;
    }
  }
  return a.length - b.length;
}

/** The rank of a UTF-16 code unit among those from U+D800 on: surrogates are the last. */
function rank(unit) {
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/**
 * Walks through a tree. Yields pages of entries: files as `{ name, size, modified }`, and those that are left out as
 * `{ name, skipped, message }`.
 *
 * `list(folder)` iterates over the entries of a folder: `{ name, kind, at }`, where the kind is `file`, `folder`, `symlink` or
 * `special`, and `at` is what `list` and `look` take. `look(at)` resolves to the size and the time of a file. `wants(name)` says
 * which files, and folders with a slash at the end, are looked at.
 */
export async function* walk(root, { list, look, sorted = SORTED }, wants = () => true) {
  let page = [];
  for await (const entry of visit(root, "", { list, sorted }, wants)) {
    page.push(entry);
    if (page.length === PAGE) {
      yield looked(page, look);
      page = [];
    }
  }
  if (page.length > 0) {
    yield looked(page, look);
  }
}

/** Looks at the files of a page. Files that do not exist any more are left out. */
async function looked(page, look) {
  const entries = await Promise.all(page.map(async ({ name, at, ...rest }) => {
    if (at === undefined) {
      return { name, ...rest };
    }
    try {
      return { name, ...await look(at) };
    } catch (error) {
      return isGone(error) ? undefined : unreadable(name, error);
    }
  }));
  return entries.filter((entry) => entry !== undefined);
}

/** Iterates over the files of a folder and the folders in it. `path` is empty or ends with a slash. */
async function* visit(folder, path, how, wants) {
  let last;
  for (;;) {
    let names;
    try {
      names = await nextNames(how.list(folder), { path, last, wants, most: how.sorted });
    } catch (error) {
      if (path === "") {
        throw error;
      }
      if (!isGone(error)) {
        yield unreadable(path.slice(0, -1), error);
      }
      return;
    }
    for (const { name, key, kind, at } of names.entries) {
      if (kind === "folder") {
        yield* visit(at, path + key, how, wants);
      } else {
        yield kind === "file" ? { name: path + name, at } : { name: path + name, skipped: kind };
      }
    }
    if (names.complete) {
      return;
    }
    last = names.entries.at(-1).key;
  }
}

/** Returns the first names of a folder behind `last`, at most `most`, in order. */
async function nextNames(listed, { path, last, wants, most }) {
  const entries = [];
  let complete = true;
  const sort = () => {
    entries.sort((a, b) => compareNames(a.key, b.key));
    if (entries.length > most) {
      entries.length = most;
      complete = false;
    }
  };
  for await (const { name, kind, at } of listed) {
    // A folder is sorted as the names of its files are.
    const key = kind === "folder" ? `${name}/` : name;
    const isNext = last === undefined || compareNames(key, last) > 0;
    if (isNext && !TEMPORARY.test(name) && wants(path + key)) {
      entries.push({ name, key, kind, at });
      if (entries.length === 2 * most) {
        sort();
      }
    }
  }
  sort();
  return { entries, complete };
}

/** Whether the error says that there is nothing of this name. */
export function isGone(error) {
  return error?.code === "ENOENT" || error?.name === "NotFoundError";
}

function unreadable(name, error) {
  const denied = ["EACCES", "EPERM"].includes(error?.code) || error?.name === "NotAllowedError";
  return { name, skipped: denied ? "denied" : "unreadable", message: String(error?.message ?? error) };
}

/** Splits a name into the folders and the name in the last of them. Nothing outside of the root has such a name. */
export function parts(name) {
  const folders = name.split("/");
  if (folders.some((part) => part === "" || part === "." || part === "..") || name.includes("\0")) {
    throw new Error(`the name '${name}' would not stay inside of the folder`);
  }
  return { folders, last: folders.pop() };
}
