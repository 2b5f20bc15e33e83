// What is kept in IndexedDB.

/** Of the database, and of what is in it. */
export const VERSION = 1;

/** For how long uploads can be gone on with: less than the seven days after which Safari forgets. */
export const KEEP = 6 * 24 * 60 * 60 * 1000;

/** A browser whose storage is broken may never answer; after so many milliseconds nothing is kept. */
const PATIENCE = 5000;

/** One object store of one database, opened when it is needed first. */
export class Table {
  #name;
  #database;

  constructor(name) {
    this.#name = name;
  }

  #open() {
    let late;
    this.#database ??= new Promise((resolve, reject) => {
      late = setTimeout(() => reject(new Error("the database does not open")), PATIENCE);
      const request = indexedDB.open(this.#name, VERSION);
      request.onupgradeneeded = () => request.result.createObjectStore("entries");
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error("another tab holds an older version of the database"));
      request.onsuccess = () => {
        const database = request.result;
        // An open connection would keep later versions, in other tabs, from upgrading.
        database.onversionchange = () => this.#close(database);
        database.onclose = () => this.#close(database);
        resolve(database);
      };
    }).catch((error) => {
      this.#database = undefined;
      throw error;
    }).finally(() => clearTimeout(late));
    return this.#database;
  }

  #close(database) {
    database.close();
    this.#database = undefined;
  }

  /** Runs `operation(objectStore)`, which gives a request, in a transaction of its own. */
  async run(mode, operation) {
    const database = await this.#open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction("entries", mode, { durability: "relaxed" });
      const request = operation(transaction.objectStore("entries"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }
}
