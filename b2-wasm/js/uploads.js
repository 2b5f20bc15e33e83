// A list of uploads: some run at once, the others are queued. It is stored for a reload, and shared by tabs.

import { COUNT, OBJECT, TEXT, invalid, optionsOf } from "./options.js";
import { Claims } from "./uploads/claims.js";
import { UploadItem } from "./uploads/item.js";
import { Pace } from "./uploads/pace.js";
import { Records } from "./uploads/records.js";
import { describe, identify } from "./uploads/source.js";
import { ENDS } from "./uploads/states.js";
import { Sums } from "./uploads/sums.js";
import { Tabs } from "./uploads/tabs.js";
import { inTurns } from "./uploads/turns.js";

/** How many files are uploaded at once by default. Those below `SMALL` bytes need one short request: they count half. */
const AT_ONCE = 3;
const SMALL = 1_000_000;

/** The least time between messages to other tabs, in milliseconds. */
const EVERY = 500;

/** For how many uploads of earlier visits B2 is asked what it has. The others show what their checkpoints have. */
const LOOKS = 20;

export { UploadItem };

/** The uploads of a page to one bucket. */
export class Uploads extends EventTarget {
  /** Whether the browser stores what is needed to resume after a reload; unknown before the first attempt. */
  persistent;
  #bucket;
  #atOnce;
  #records;
  #tabs;
  #claims;
  #items = new Map();
  #queue = new Set();
  #running = new Set();
  #changes = new Set();
  #sums = new Sums();
  /** Items whose files are to be checked; `undefined` while no check runs. */
  #checks;
  #added = 0;
  #pace = new Pace();
  #moved = 0;
  #telling;
  #home;
  #listeners = { online: () => this.#next(), pagehide: () => this.#records.flush() };

  /**
   * @param options.b2 the account, and `options.bucket` the name of the bucket that is uploaded to
   * @param options.atOnce how many files are uploaded at once
   * @param options.name the name under which the browser stores the list
   */
  constructor(options) {
    super();
    const { b2, bucket, atOnce, name = `b2-uploads ${bucket}` } =
      optionsOf("Uploads", options, { b2: OBJECT, bucket: TEXT, atOnce: COUNT, name: TEXT });
    if (typeof b2?.bucket !== "function") {
      invalid("Uploads", "give a client as `b2`, and the name of its `bucket`");
    }
    this.#bucket = b2.bucket(bucket);
    this.#atOnce = atOnce;
    this.#records = new Records(name, (written, ended) => this.#wrote(written, ended));
    this.#tabs = new Tabs(name, (message) => this.#hear(message));
    // A browser whose storage does not respond takes seconds for each attempt.
    const attempt = (operation) => this.persistent === false ? undefined : this.#try(operation);
    this.#claims = new Claims(this.#records, this.#tabs, attempt);
    this.#home = {
      // Stored records have what can be resumed. An unfinished file of the same name may be the upload of another tab.
      upload: (file, options) => this.#bucket.upload(file, { resume: this.persistent === false, ...options }),
      check: (file, options) => this.#bucket.check?.(file, options),
      examine: (item) => this.#examine(item),
      discard: (fileId) => b2.cancelLargeFile(fileId),
      stored: async (fileId) => {
        const parts = await b2.listParts?.(fileId).all();
        return parts?.reduce((sum, { contentLength }) => sum + contentLength, 0);
      },
      take: (record) => this.#claims.take(record),
      watch: (item) => this.#watch(item),
      queue: (item) => this.#enqueue(item),
      leave: (item) => this.#dequeue(item),
      keep: (record) => this.#records.keep(record),
      end: (record) => this.#claims.end(record),
      moved: (bytes) => this.#pace.add(this.#moved += bytes),
      changed: (item) => this.#changed(item),
      report: (item) => this.#report(item),
    };
    Object.entries(this.#listeners).forEach(([event, listener]) => globalThis.addEventListener?.(event, listener));
  }

  /** How many files are uploaded at once; `undefined` for the default. A lower number applies to files that start later. */
  get atOnce() {
    return this.#atOnce;
  }

  set atOnce(files) {
    this.#atOnce = files;
    this.#next();
  }

  /** All of them, in the order in which they were added. */
  get items() {
    return [...this.#items.values()];
  }

  /** The sum of the uploads of this tab. Bytes of failed uploads are not in it. */
  get progress() {
    const sum = this.#sums.total;
    const isMoving = this.#sums.moving > 0;
    const over = sum.done + sum.failed === sum.files;
    const fraction = sum.total > 0 ? Math.min(sum.sent / sum.total, over ? 1 : 0.999) : 0;
    const rate = (isMoving && this.#pace.perSecond()) || 0;
    return { ...sum, fraction, rate, secondsLeft: isMoving ? this.#pace.secondsFor(this.#sums.rest) : undefined };
  }

  /** Returns the number of uploads in these states. */
  count(...states) {
    return this.#sums.count(states);
  }

  /**
   * Adds a file to the queue. If the list has an upload of this file under this name that is not over, here or in another tab,
   * that one is resumed and returned.
   */
  add(file, given = {}) {
    if (!(file instanceof Blob) || Object(given) !== given) {
      invalid("Uploads", "give a File to add, and its options as an object");
    }
    const { name = file.webkitRelativePath || file.name, handle, ...options } = given;
    const id = identify(name, file);
    const known = this.#items.get(id);
    if (known?.isOver === false) {
      known.resume(file).catch(() => {});
      return known;
    }
    if (known !== undefined) {
      this.#drop(known);
    }
    this.#added = Math.max(Date.now(), this.#added + 1);
    const record = { id, added: this.#added, name, handle, options, ...describe(file) };
    const item = this.#insert(record, "queued", file);
    item.take();
    return item;
  }

  /** The upload with this id, if the list has it. */
  get(id) {
    return this.#items.get(id);
  }

  /** Finds the upload of this file under this name: of an earlier visit, of this one, or of another tab. */
  find(file, name) {
    return this.#items.get(identify(name, file));
  }

  /** Adds the uploads of earlier visits and of other tabs. Returns the former. */
  async list() {
    const { records, closed } = await this.#claims.list();
    await inTurns(records, (record) => {
      if (!this.#items.has(record.id)) {
        this.#insert(record, closed.has(record.tab) ? "left" : "elsewhere");
      }
    });
    this.#claims.check();
    this.#tabs.tell({ ask: true });
    const left = this.items.filter(({ state }) => state === "left");
    this.#look(left.slice(0, LOOKS));
    return left;
  }

  /** Asks B2 what it has of these uploads. If it cannot be asked, their checkpoints are good enough. */
  async #look(items) {
    try {
      for (const item of items) {
        await item.look();
      }
    } catch {
      // The attempt to resume one shows the error.
    }
  }

  /** Removes an upload, and cancels it if it is not over. */
  async remove(item) {
    this.#drop(item);
    await item.cancel();
  }

  /** Stops the uploads of this tab, so that other tabs can resume them. */
  async close() {
    const own = this.items.filter(({ isHere, isOver }) => isHere && !isOver);
    this.#queue.clear();
    this.#claims.close();
    Object.entries(this.#listeners).forEach(([event, listener]) => globalThis.removeEventListener?.(event, listener));
    await Promise.all(own.map((item) => item.letGo()));
    await this.#records.flush();
    this.#tabs.close();
  }

  #drop(item) {
    if (this.#items.get(item.id) === item) {
      this.#items.delete(item.id);
      this.#sums.remove(item);
    }
    this.#dispatch("removed", { item });
  }

  #insert(record, state, file) {
    const item = new UploadItem(this.#home, record, state, file);
    this.#items.set(item.id, item);
    this.#sums.update(item);
    this.#dispatch("added", { item });
    if (state === "elsewhere") {
      this.#watch(item);
    }
    return item;
  }

  #enqueue(item) {
    this.#queue.add(item);
    this.#next();
  }

  #dequeue(item) {
    this.#queue.delete(item);
    if (this.#running.delete(item)) {
      this.#next();
    }
  }

  #next() {
    for (const item of this.#queue) {
      // Without a network an upload would only wait.
      if (!this.#hasRoomFor(item) || globalThis.navigator?.onLine === false) {
        return;
      }
      this.#queue.delete(item);
      this.#running.add(item);
      item.begin();
    }
  }

  #hasRoomFor(item) {
    if (this.#atOnce !== undefined) {
      return this.#running.size < this.#atOnce;
    }
    const weightOf = ({ size }) => size < SMALL ? 0.5 : 1;
    return [...this.#running, item].reduce((sum, one) => sum + weightOf(one), 0) <= AT_ONCE;
  }

  /** Runs an operation on storage. An upload continues if it fails; only a reload would lose it. */
  async #try(operation) {
    try {
      const result = await operation();
      this.persistent ??= true;
      return result;
    } catch (error) {
      if (this.persistent !== false) {
        this.persistent = false;
        this.#dispatch("warning", { error });
      }
      return undefined;
    }
  }

  /** Checks files one after the other, so that thousands do not block the page. */
  async #examine(item) {
    if (this.#checks !== undefined) {
      this.#checks.add(item);
      return;
    }
    this.#checks = new Set([item]);
    while (this.#checks.size > 0) {
      await inTurns(this.#checks, (next) => {
        this.#checks.delete(next);
        return next.check();
      });
    }
    this.#checks = undefined;
  }

  #changed(item) {
    if (this.#items.get(item.id) === item) {
      this.#sums.update(item);
    }
    this.#dispatch("change", { item });
    if (item.isHere) {
      this.#report(item);
    }
  }

  /** Tells other tabs about an upload. They expect that its record is stored until it is over. */
  #report(item) {
    if (!item.isTaken && !item.isOver) {
      return;
    }
    this.#changes.add(item);
    if (item.isOver) {
      // Other tabs must receive the final state before they find that no tab runs the upload.
      this.#tell();
    } else {
      this.#telling ??= setTimeout(() => this.#tell(), EVERY);
    }
  }

  #tell() {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#tabs.tell({ items: [...this.#changes].map((item) => item.shared()) });
    this.#changes.clear();
  }

  #hear({ ask, items = [], ended = [] }) {
    this.#claims.ended(ended);
    if (ask) {
      this.items.filter(({ isHere, isOver }) => isHere && !isOver).forEach((item) => this.#changed(item));
    }
    for (const shared of items) {
      let item = this.#items.get(shared.id);
      if (item?.isOver && !ENDS.has(shared.state)) {
        // The other tab uploads the file again.
        this.#drop(item);
        item = undefined;
      }
      if (item === undefined && !ENDS.has(shared.state)) {
        this.#insert(shared, "elsewhere").see(shared);
      } else if (item?.state === "elsewhere") {
        item.see(shared);
      } else if (item?.state === "left") {
        item.see(shared);
        this.#watch(item);
      }
    }
  }

  /** Waits until no other tab runs it; then it can be resumed here. */
  async #watch(item) {
    const record = await this.#claims.left(item.id, item.tab);
    if (item.state !== "elsewhere") {
      return;
    }
    if (record === undefined && !item.hasFile) {
      this.remove(item);
      return;
    }
    item.leave(record);
    if (record === undefined) {
      // It was added here just after the other tab had uploaded it.
      item.resume().catch(() => {});
    }
  }

  async #wrote(written, ended) {
    await this.#try(() => written);
    if (ended.length > 0) {
      this.#tabs.tell({ ended });
    }
    this.#claims.leave();
  }

  #dispatch(type, detail) {
    this.dispatchEvent(Object.assign(new Event(type), detail));
  }
}
