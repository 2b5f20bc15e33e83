// Which tab runs an upload: the first that stores the upload's record.

/** The number of records that are stored at once. */
const AT_ONCE = 100;

/** Lets one tab run each upload. Without storage, or without locks, tabs do not know of each other. */
export class Claims {
  #records;
  #tabs;
  #attempt;
  /** The records of uploads that this tab runs or would like to run, by id. */
  #wanted = new Map();
  #queue = [];
  #isTaking = false;
  /** For uploads of other tabs, by id: the promise that they are left, and the function that reports their ends. */
  #waits = new Map();

  /** `attempt(operation)` runs an operation on storage, and returns nothing if it fails. */
  constructor(records, tabs, attempt) {
    this.#records = records;
    this.#tabs = tabs;
    this.#attempt = attempt;
  }

  /** Stores the record of an upload, so that this tab runs it. Resolves to whether it does: another tab may. */
  take(record) {
    this.#wanted.set(record.id, record);
    return new Promise((resolve) => {
      this.#queue.push({ record, resolve });
      this.#takeAll();
    });
  }

  /** Deletes the record of an upload that is over. */
  end(record) {
    // The same file may have been added again.
    if ((this.#wanted.get(record.id) ?? record) === record) {
      this.#wanted.delete(record.id);
      this.#records.forget(record.id);
    }
  }

  /** Lists the records, and the tabs among theirs that are closed. */
  async list() {
    const records = (await this.#attempt(() => this.#records.list())) ?? [];
    return { records, closed: await this.#tabs.closed(records.map(({ tab }) => tab)) };
  }

  /** Waits until no other tab runs the upload. Resolves to its record, or to nothing if it is over. */
  left(id, tab) {
    if (!this.#waits.has(id)) {
      const wait = {};
      this.#waits.set(id, wait);
      wait.left = this.#waitFor(id, tab, wait).finally(() => this.#waits.delete(id));
    }
    return this.#waits.get(id).left;
  }

  /** Applies that other tabs have deleted the records of these uploads. */
  ended(ids) {
    ids.forEach((id) => this.#waits.get(id)?.end());
  }

  /** Finds uploads of other tabs that ended before this tab waited for it. */
  async check() {
    const ids = await this.#attempt(() => this.#records.ids());
    if (ids !== undefined) {
      const stored = new Set(ids);
      this.ended([...this.#waits.keys()].filter((id) => !stored.has(id)));
    }
  }

  /** Releases the lock of this tab if it runs no upload, and has deleted the records of those that it ran. */
  leave() {
    if (this.#wanted.size === 0 && !this.#isTaking && !this.#records.isChanged) {
      this.#tabs.leave();
    }
  }

  /** Takes no upload any more. */
  close() {
    this.#queue.splice(0).forEach(({ resolve }) => resolve(false));
  }

  async #takeAll() {
    if (this.#isTaking) {
      return;
    }
    this.#isTaking = true;
    while (this.#queue.length > 0) {
      const tab = await this.#tabs.enter();
      await this.#takeSome(this.#queue.splice(0, AT_ONCE), tab);
    }
    this.#isTaking = false;
    this.leave();
  }

  async #takeSome(asked, tab) {
    let [left, closed] = [asked, await this.#tabs.closed()];
    while (left.length > 0) {
      const records = left.map(({ record }) => record);
      const others = (await this.#attempt(() => this.#records.claim(records, tab, closed))) ?? new Map();
      closed = await this.#tabs.closed([...others.values()]);
      // Uploads of tabs that turn out to be closed are taken in another attempt.
      left = left.filter((one) => {
        const other = others.get(one.record.id);
        const isAgain = other !== undefined && closed.has(other);
        if (!isAgain) {
          this.#decide(one, tab, other);
        }
        return isAgain;
      });
      if (others.size > 0) {
        this.check();
      }
    }
  }

  #decide({ record, resolve }, own, other) {
    record.tab = other ?? own;
    resolve(other === undefined);
    if (other !== undefined && this.#wanted.get(record.id) === record) {
      this.#wanted.delete(record.id);
    }
  }

  async #waitFor(id, tab, wait) {
    const end = () => new Promise((resolve) => (wait.end = resolve));
    let [other, ended] = [tab, end()];
    for (;;) {
      await Promise.race([this.#tabs.end(other), ended]);
      ended = end();
      const record = await this.#attempt(() => this.#records.get(id));
      other = record?.tab;
      if ((await this.#tabs.closed([other])).has(other)) {
        return record;
      }
    }
  }
}
