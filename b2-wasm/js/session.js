// An account in the module, with its buckets: authorized when it is needed first, and again after a panic.

import { B2Error } from "./errors.js";
import { keepOutOfPages } from "./keys.js";

/** A session: options, and the handles that stand for them in the living instance. */
export class Session {
  #options;
  #client;
  #generation = 0;

  constructor(engine, options) {
    this.engine = engine;
    this.#options = checked(options);
  }

  /** Runs `begin(client)`, which gives a job, to its end. */
  async run(begin, signal) {
    signal?.throwIfAborted();
    const client = await this.client(signal);
    return this.engine.settle(this.engine.call(() => begin(client)), signal);
  }

  /** Runs `begin(bucket)` to the end of its job. */
  async runIn(name, begin, signal) {
    const bucket = await this.bucket(name, signal);
    return this.engine.settle(this.engine.call(() => begin(bucket)), signal);
  }

  /** The bucket's handle. */
  bucket(name, signal) {
    return this.run((client) => client.bucket(name), signal);
  }

  /** The account's handle. */
  async client(signal) {
    if (this.#client === undefined || this.#generation !== this.engine.generation) {
      await this.engine.ready();
      if (this.#generation !== this.engine.generation || this.#client === undefined) {
        this.#generation = this.engine.generation;
        const client = this.#authorize();
        this.#client = client;
        client.catch(() => {
          // The next call tries again.
          if (this.#client === client) {
            this.#client = undefined;
          }
        });
      }
    }
    return abortable(this.#client, signal);
  }

  async #authorize() {
    const { realm, keyId, key, store, patience, hosts } = this.#options;
    const job = this.engine.call((glue) => key === undefined
      ? glue.Client.stored(store, patience, hosts)
      : glue.Client.authorize(realm, keyId, key, store, patience, hosts));
    return this.engine.settle(job);
  }
}

/** The key id that a gateway knows visitors by. */
const VISITOR = "visitor";

function checked(options) {
  const { realm = "production", keyId, key, credential, store, patience, allowHosts = [] } = options;
  if (key !== undefined && credential !== undefined) {
    throw new B2Error("InvalidInput", "give a key or a credential, not both");
  }
  if (key !== undefined && keyId === undefined) {
    throw new B2Error("InvalidInput", "a key comes with its keyId");
  }
  if (key === undefined && credential === undefined && store === undefined) {
    throw new B2Error("MissingAccountData", "give keyId and key, or a credential for a realm of your own");
  }
  if (!Array.isArray(allowHosts) || !allowHosts.every(isHost)) {
    throw new B2Error("InvalidInput", "allowHosts is an array of hosts, such as [\"files.example.com\"]");
  }
  if (key !== undefined) {
    keepOutOfPages(options);
  }
  return { realm, keyId: keyId ?? VISITOR, key: credential ?? key, store, patience, hosts: allowHosts.join(" ") };
}

/** A name, without a scheme, a port or a path: these would match nothing. */
function isHost(name) {
  return typeof name === "string" && /^[\w.-]+$|^\[[\da-f:]+\]$/i.test(name);
}

/** The promise; or the signal's reason, if that comes first. */
function abortable(promise, signal) {
  if (signal === undefined) {
    return promise;
  }
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
