// One tab runs an upload, the others watch.

/** Locks say who runs what, also when a tab crashes; a channel tells the others how far it is. */
export class Tabs {
  #name;
  #channel;
  #locks = globalThis.navigator?.locks;
  /** Locks that this tab lets go of, by id: the browser takes a moment. */
  #releasing = new Map();

  /** `heard(message)` is called with what other tabs tell. */
  constructor(name, heard) {
    this.#name = name;
    if (this.#locks !== undefined && typeof BroadcastChannel === "function") {
      try {
        this.#channel = new BroadcastChannel(name);
        this.#channel.onmessage = ({ data }) => heard(data);
      } catch {
        // Where nothing may be kept, tabs hear nothing of each other.
      }
    }
  }

  /** Others only watch: an upload does not depend on whether they hear of it. */
  tell(message) {
    try {
      this.#channel?.postMessage(message);
    } catch {
      this.close();
    }
  }

  /** Makes this tab the one that runs an upload: gives what ends that, or `undefined` if another tab runs it. */
  async take(id) {
    if (this.#locks === undefined) {
      return () => {};
    }
    await this.#releasing.get(id);
    return new Promise((resolve, reject) => {
      let ended;
      const held = (lock) => {
        if (lock === null) {
          return resolve(undefined);
        }
        // The lock is held until this promise is kept.
        return new Promise((end) => resolve(() => {
          this.#releasing.set(id, ended);
          end();
        }));
      };
      ended = this.#locks.request(this.#lockOf(id), { ifAvailable: true }, held);
      ended.then(() => this.#releasing.delete(id), reject);
    }).catch(() => {
      // A browser that keeps nothing has no locks either; then every tab is for itself.
      this.#locks = undefined;
      return () => {};
    });
  }

  /** Resolves when no tab runs the upload any more. */
  async left(id) {
    await this.#locks?.request(this.#lockOf(id), () => {});
  }

  /** The ids of all uploads that some tab runs. */
  async taken() {
    const { held = [] } = (await this.#locks?.query().catch(() => {})) ?? {};
    const prefix = this.#lockOf("");
    const names = held.map(({ name }) => name).filter((name) => name.startsWith(prefix));
    return new Set(names.map((name) => name.slice(prefix.length)));
  }

  close() {
    this.#channel?.close();
    this.#channel = undefined;
  }

  #lockOf(id) {
    return `${this.#name} ${id}`;
  }
}
