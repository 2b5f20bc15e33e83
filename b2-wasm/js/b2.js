// The whole client.

import { copyOf, fileOf, moveOf } from "./copies.js";
import { download } from "./download.js";
import { B2Error } from "./errors.js";
import { Session } from "./session.js";
import { toJson, wellFormed } from "./text.js";
import { Upload } from "./upload.js";
import { UploadBucket, limitsOf } from "./uploader.js";

/** A listing: entries one by one, or page by page. */
class Listing {
  #engine;
  #open;
  #signal;

  constructor(engine, open, signal) {
    this.#engine = engine;
    this.#open = open;
    this.#signal = signal;
  }

  /** Iterates over the pages. */
  async *pages() {
    const listing = await this.#open();
    for (;;) {
      this.#signal?.throwIfAborted();
      const job = this.#engine.call(() => listing.nextPage());
      const text = await this.#engine.result(job, this.#signal);
      if (text === undefined) {
        return;
      }
      yield JSON.parse(text);
    }
  }

  async *[Symbol.asyncIterator]() {
    for await (const page of this.pages()) {
      yield* page;
    }
  }

  /** Returns all entries. */
  async all() {
    const entries = [];
    for await (const page of this.pages()) {
      entries.push(...page);
    }
    return entries;
  }
}

/** A bucket. */
export class Bucket extends UploadBucket {
  #session;

  constructor(session, name) {
    super(session, name);
    this.#session = session;
  }

  async #json(start, { signal } = {}) {
    return JSON.parse(await this.#session.runIn(this.name, start, signal));
  }

  #list(start, { signal } = {}) {
    const open = async () => {
      const bucket = await this.#session.bucket(this.name, signal);
      return this.#session.engine.call(() => start(bucket));
    };
    return new Listing(this.#session.engine, open, signal);
  }

  copy(source, name, options) {
    return new Upload(this.#session, this.name, copyOf(source), { ...options, name });
  }

  moveFile(source, name, options) {
    return new Upload(this.#session, this.name, moveOf(source), { ...options, name });
  }

  concatenate(pieces, name, options) {
    return new Upload(this.#session, this.name, fileOf("concatenate", pieces), { ...options, name });
  }

  createFile(pieces, name, options) {
    return new Upload(this.#session, this.name, fileOf("createFile", pieces), { ...options, name });
  }

  ls({ path, prefix, recursive = false, versions = false, withWildcard = false, filters = [], signal } = {}) {
    const byPrefix = prefix !== undefined;
    if (byPrefix && (path !== undefined || withWildcard)) {
      throw new B2Error("InvalidInput", "give a path, which can be a pattern, or a prefix, not both");
    }
    const signed = ({ include, exclude }) => {
      if (typeof (include ?? exclude) !== "string" || (include !== undefined && exclude !== undefined)) {
        throw new B2Error("InvalidInput", "a filter is { include: pattern } or { exclude: pattern }");
      }
      return wellFormed(include === undefined ? `-${exclude}` : `+${include}`);
    };
    return this.#list((bucket) => {
      const start = wellFormed(prefix ?? path ?? "");
      return bucket.ls(start, byPrefix, recursive, versions, withWildcard, Array.from(filters, signed));
    }, { signal });
  }

  listFileVersions(name, options) {
    return this.#list((bucket) => bucket.versions(wellFormed(name)), options);
  }

  listUnfinishedLargeFiles({ prefix, signal } = {}) {
    return this.#list((bucket) => bucket.unfinished(wellFormed(prefix)), { signal });
  }

  async download(name, { range, signal } = {}) {
    const bucket = await this.#session.bucket(this.name, signal);
    return download(this.#session, (target) => bucket.download(wellFormed(name), range?.[0], range?.[1], target), signal);
  }

  getFileInfo(name, options) {
    return this.#json((bucket) => bucket.head(wellFormed(name)), options);
  }

  hide(name, options) {
    return this.#json((bucket) => bucket.hide(wellFormed(name)), options);
  }

  unhide(name, { bypassGovernance = false, signal } = {}) {
    return this.#json((bucket) => bucket.unhide(wellFormed(name), bypassGovernance), { signal });
  }

  getDownloadUrl(name, { expiresIn, signal } = {}) {
    return this.#session.runIn(this.name, (bucket) => bucket.downloadUrl(wellFormed(name), expiresIn), signal);
  }

  getDownloadAuthorization(prefix, seconds, { signal } = {}) {
    return this.#session.runIn(this.name, (bucket) => bucket.downloadAuthorization(wellFormed(prefix), seconds), signal);
  }

  state(options) {
    return this.#json((bucket) => bucket.state(), options);
  }

  update(settings, options) {
    return this.#json((bucket) => bucket.update(toJson("update", settings)), options);
  }

  async delete({ signal } = {}) {
    await this.#session.runIn(this.name, (bucket) => bucket.delete(), signal);
  }
}

/** The class `B2`, over the module that `engine` runs. */
export function clientOver(engine) {
  return class B2 {
    #session;

    constructor(options, session = new Session(engine, options)) {
      this.#session = session;
    }

    static async authorize(options) {
      const b2 = new this(options);
      await b2.#session.client(options.signal);
      return b2;
    }

    async #json(start, { signal } = {}) {
      return JSON.parse(await this.#session.run(start, signal));
    }

    bucket(name) {
      return new Bucket(this.#session, name);
    }

    capabilities(options) {
      return this.#json((client) => client.capabilities(), options);
    }

    listBuckets(options) {
      return this.#json((client) => client.listBuckets(), options);
    }

    createBucket(name, { public: open = false, signal, ...settings } = {}) {
      return this.#json((client) => client.createBucket(wellFormed(name), open, toJson("createBucket", settings)), { signal });
    }

    getFileInfo(fileId, options) {
      return this.#json((client) => client.fileInfo(wellFormed(fileId)), options);
    }

    deleteFileVersion(name, fileId, { bypassGovernance = false, signal } = {}) {
      return this.#json((client) => client.deleteVersion(wellFormed(name), wellFormed(fileId), bypassGovernance), { signal });
    }

    async downloadById(fileId, { range, signal } = {}) {
      const client = await this.#session.client(signal);
      return download(this.#session, (target) => client.downloadById(wellFormed(fileId), range?.[0], range?.[1], target), signal);
    }

    createKey(name, { signal, ...settings } = {}) {
      return this.#json((client) => client.createKey(wellFormed(name), toJson("createKey", settings)), { signal });
    }

    listKeys({ signal } = {}) {
      return this.#list((client) => client.listKeys(), signal);
    }

    deleteKey(id, options) {
      return this.#json((client) => client.deleteKey(wellFormed(id)), options);
    }

    listParts(fileId, { signal } = {}) {
      return this.#list((client) => client.parts(wellFormed(fileId)), signal);
    }

    #list(start, signal) {
      const open = async () => {
        const client = await this.#session.client(signal);
        return this.#session.engine.call(() => start(client));
      };
      return new Listing(this.#session.engine, open, signal);
    }

    async uploadLimits({ signal } = {}) {
      return limitsOf(await this.#session.run((client) => client.uploadLimits(), signal));
    }

    async cancelLargeFile(fileId, { signal } = {}) {
      await this.#session.run((client) => client.cancelLargeFile(wellFormed(fileId)), signal);
    }
  };
}
