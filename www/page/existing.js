// Files that are stored under the names of new ones.

/** The time for which B2 is asked, in milliseconds. */
const TIMEOUT = 5_000;

/** Up to this number, names are looked up one by one. */
const FEW = 4;

/** How many names are looked up at once. */
const AT_ONCE = 4;

/** Errors of a grant without listings, with which nothing can be known. */
const NOT_GRANTED = new Set(["AccessDenied", "Unauthorized"]);

/** Errors of names that cannot be stored. */
const NO_NAME = new Set(["InvalidFileName", "InvalidInput", "BadRequest"]);

/** Returns the stored versions of those of `names` that exist, by name; `undefined` if that cannot be found out. */
export async function findStored(bucket, names) {
  if (navigator.onLine === false) {
    return undefined;
  }
  const signal = AbortSignal.timeout(TIMEOUT);
  const found = new Map();
  try {
    const rest = names.length > FEW ? await list(bucket, names, found, signal) : names;
    await lookUp(bucket, rest, found, signal);
    return found;
  } catch (error) {
    // The upload shows what is wrong with the network or the session.
    return NOT_GRANTED.has(error.kind) ? found : undefined;
  }
}

/**
 * Lists the files whose names start as all of `names` do. Returns the names that were not reached, if there are so many files that
 * single requests for the rest are not more expensive.
 */
async function list(bucket, names, found, signal) {
  const wanted = new Set(names);
  let pages = 0;
  for await (const page of bucket.ls({ prefix: commonStart(names), recursive: true, signal }).pages()) {
    for (const version of page.filter(({ fileName }) => wanted.delete(fileName))) {
      found.set(version.fileName, version);
    }
    pages += 1;
    if (wanted.size <= pages) {
      return [...wanted];
    }
  }
  return [];
}

/** Looks up single names: the first file whose name starts with a name has that name, if it exists. */
async function lookUp(bucket, names, found, signal) {
  const waiting = [...names];
  const work = async () => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const version = await firstOf(bucket, name, signal);
      if (version?.fileName === name) {
        found.set(name, version);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Returns the first version whose name starts with `prefix`. */
export async function firstOf(bucket, prefix, signal) {
  try {
    const { value } = await bucket.ls({ prefix, recursive: true, signal }).pages().next();
    return value?.[0];
  } catch (error) {
    if (NO_NAME.has(error.kind)) {
      return undefined;
    }
    throw error;
  }
}

function commonStart(names) {
  const [first, ...others] = names;
  let length = first.length;
  for (const name of others) {
    while (!name.startsWith(first.slice(0, length))) {
      length -= 1;
    }
  }
  const start = first.slice(0, length);
  // Half of a surrogate pair is no text.
  return /[\ud800-\udbff]$/.test(start) ? start.slice(0, -1) : start;
}

/** Returns a name with a number before its extension: `a/report (2).pdf`. */
export function numbered(name, number) {
  const folder = name.lastIndexOf("/") + 1;
  const dot = name.lastIndexOf(".");
  const end = dot > folder ? dot : name.length;
  return `${name.slice(0, end)} (${number})${name.slice(end)}`;
}

/** Returns whether a name has such a number; with `original`, whether it is that name with a number. */
export function isNumbered(name, original) {
  const number = name.match(/ \((\d+)\)(\.[^./]*)?$/)?.[1];
  return number !== undefined && (original === undefined || name === numbered(original, number));
}

/** Returns a free name for each of `names`, by name: with a number with which it neither exists, as far as B2 says, nor is in `taken`. */
export async function freeNames(bucket, names, taken) {
  const free = new Map();
  for (let number = 2; free.size < names.length; number += 1) {
    const tries = names.filter((name) => !free.has(name)).map((name) => [name, numbered(name, number)]);
    const stored = await findStored(bucket, tries.map(([, other]) => other));
    for (const [name, other] of tries) {
      if (stored?.has(other) !== true && !taken.has(other)) {
        taken.add(other);
        free.set(name, other);
      }
    }
  }
  return free;
}
