// Adds files to the list of uploads, and says what became of them.

import { say } from "./announce.js";
import { askAll } from "./ask.js";
import { $, setText } from "./dom.js";
import { findStored, freeNames, isNumbered } from "./existing.js";
import { shownName } from "./format.js";
import { uploadOptions } from "./pick.js";
import { t } from "./strings.js";
import { rememberPicture } from "./thumbnails.js";
import { inTurns } from "./turns.js";

/** States of uploads that adding the same file resumes. */
const RESUMABLE = new Set(["left", "paused", "failed"]);

/** The number of files whose names are in a message. */
const NAMED = 5;

/** The sentences about added files, in their order. */
const NEWS = ["added", "resumed", "beingUploaded", "storedAlready", "skipped", "unreadable", "chosenAgain"];

/** Adds files to `uploads` of `bucket` whose names start with `prefix`. */
export class Adding {
  #uploads;
  #bucket;
  #prefix;

  constructor(uploads, bucket, prefix) {
    this.#uploads = uploads;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  /**
   * Adds found files to a folder: resumes unfinished uploads of the same files, and starts new uploads for the others. Asks the
   * visitor about names that exist. Returns the files that cannot be read.
   */
  async add(folder, found) {
    const counts = Object.fromEntries(NEWS.map((key) => [key, 0]));
    const fresh = [];
    const renamed = this.#uploads.items.filter(({ name, state }) => state === "left" && isNumbered(name));
    await inTurns(found.filter(({ file }) => file !== undefined), (one) => {
      const name = folder + one.path;
      const known = this.#uploads.find(one.file, name)
        ?? renamed.find((item) => item.matches(one.file) && isNumbered(item.name, name));
      if (known === undefined || known.state === "cancelled") {
        fresh.push({ ...one, name });
      } else if (known.state === "done") {
        counts.storedAlready += 1;
      } else if (RESUMABLE.has(known.state)) {
        counts.resumed += 1;
        rememberPicture(known, one.file);
        known.resume(one.file);
      } else {
        counts.beingUploaded += 1;
      }
    });
    const unchecked = await this.#addFresh(fresh, counts);
    const unreadable = found.filter(({ file }) => file === undefined);
    counts.unreadable = unreadable.length;
    const news = NEWS.filter((key) => counts[key] > 0).map((key) => t(key, { count: counts[key] }));
    setText($("added"), [...news, unchecked && t("namesUnchecked")].filter(Boolean).join(" ") || t("nothingAdded"));
    say($("added").textContent);
    return unreadable;
  }

  /** Adds files that are not in the list. Returns whether it is unknown if their names exist. */
  async #addFresh(fresh, counts) {
    if (fresh.length === 0) {
      return false;
    }
    setText($("added"), t("checkingNames"));
    const stored = await findStored(this.#bucket, fresh.map(({ name }) => name));
    const [clashing, free] = [true, false].map((is) => fresh.filter(({ name }) => stored?.has(name) === is));
    const start = stored === undefined ? fresh : free;
    await this.#start(start, counts);
    if (clashing.length > 0) {
      await this.#start(await this.#resolve(clashing, stored, counts), counts);
    }
    return stored === undefined;
  }

  /** Asks about files whose names exist. Returns those to upload, with their names. */
  async #resolve(clashing, stored, counts) {
    const answers = await askAll(clashing.map((one) => ({ ...one, stored: stored.get(one.name) })), this.#prefix);
    const answered = (answer) => clashing.filter((_, i) => answers[i] === answer);
    counts.skipped += answered("skip").length;
    const renamed = answered("rename");
    const taken = new Set(this.#uploads.items.map(({ name }) => name));
    const names = await freeNames(this.#bucket, renamed.map(({ name }) => name), taken);
    return [...answered("version"), ...renamed.map((one) => ({ ...one, name: names.get(one.name) }))];
  }

  async #start(files, counts) {
    const added = [];
    await inTurns(files, ({ file, name, handle, mayLackHandle }) => {
      counts.chosenAgain += mayLackHandle && handle === undefined ? 1 : 0;
      const item = this.#uploads.add(file, { name, handle, ...uploadOptions(file) });
      rememberPicture(item, file);
      added.push(item);
    });
    await Promise.all(added.map(({ taken }) => taken));
    const elsewhere = added.filter(({ state }) => state === "elsewhere").length;
    counts.added += added.length - elsewhere;
    counts.beingUploaded += elsewhere;
  }
}

/** Returns a sentence with the names of the first files that cannot be read and the number of the others. */
export function cannotRead(found) {
  const names = found.slice(0, NAMED).map(({ path }) => shownName(path)).join(", ");
  const count = found.length - NAMED;
  const all = count > 0 ? t("namesAndOthers", { names, others: t("otherFileCount", { count }) }) : names;
  return t("cannotRead", { names: all });
}
