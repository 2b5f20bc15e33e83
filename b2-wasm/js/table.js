// Tables in IndexedDB.

/** The version of the database and of its records. */
export const VERSION = 1;

/** For how long uploads can be resumed, in milliseconds: less than the seven days after which Safari deletes data. */
export const KEEP = 6 * 24 * 60 * 60 * 1000;

/** The time to open a database, in milliseconds: a browser whose storage is broken may never respond. */
const OPEN_TIMEOUT = 5000;

/** One object store of one database, which is opened when it is first needed. */
export class Table {
  #name;
  #database;

  constructor(name) {
    this.#name = name;
  }

  #open() {
    let late;
    this.#database ??= new Promise((resolve, reject) => {
      late = setTimeout(() => reject(new Error("the database does not open")), OPEN_TIMEOUT);
      const request = indexedDB.open(this.#name, VERSION);
      request.onupgradeneeded = () => request.result.createObjectStore("entries");
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error("another tab holds an older version of the database"));
      request.onsuccess = () => {
        const database = request.result;
        // An open connection would block an upgrade by another tab.
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

  /** Runs `operation(objectStore)`, which returns a request, in a transaction of its own. */
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
