// The client of an upload page.

import { Session } from "./session.js";
import { wellFormed } from "./text.js";
import { Upload, uploadOf } from "./upload.js";

/** A bucket that files can be uploaded to. */
export class UploadBucket {
  #session;

  constructor(session, name) {
    this.#session = session;
    this.name = name;
  }

  /** Checks a file that would be uploaded, without sending or reading it. */
  async check(source, options = {}) {
    const { name, contentType } = described(source, options);
    await this.#session.runIn(this.name, (bucket) => bucket.checkBlob(source, wellFormed(name), wellFormed(contentType)), options.signal);
  }

  /** Starts an upload. */
  upload(source, options = {}) {
    const { name, contentType } = described(source, options);
    return new Upload(this.#session, this.name, uploadOf(source), { ...options, name, contentType }, source);
  }
}

/** Returns the name and type of a file, unless the options have them. */
function described(source, options) {
  return {
    name: options.name ?? source?.name,
    contentType: options.contentType ?? (source?.type || undefined),
  };
}

/** Parses the module's limits. */
export function limitsOf(text) {
  return text === undefined ? undefined : JSON.parse(text);
}

/** The class `B2` of an upload page, over the module that `engine` runs. */
export function uploaderOver(engine) {
  return class B2 {
    #session;

    constructor(options) {
      this.#session = new Session(engine, options);
    }

    /** Authorizes an account. */
    static async authorize(options) {
      const b2 = new this(options);
      await b2.#session.client(options.signal);
      return b2;
    }

    /** A bucket, by name. */
    bucket(name) {
      return new UploadBucket(this.#session, name);
    }

    /** What the realm accepts of new files; `undefined` if it does not say. */
    async uploadLimits({ signal } = {}) {
      return limitsOf(await this.#session.run((client) => client.uploadLimits(), signal));
    }

    /** Deletes an unfinished large file with its parts. */
    async cancelLargeFile(fileId, { signal } = {}) {
      await this.#session.run((client) => client.cancelLargeFile(wellFormed(fileId)), signal);
    }
  };
}
