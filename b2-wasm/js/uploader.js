// The account as an upload page needs it.

import { Session } from "./session.js";
import { Upload } from "./upload.js";

/** A bucket that files can be uploaded to. */
export class UploadBucket {
  #session;

  constructor(session, name) {
    this.#session = session;
    this.name = name;
  }

  /** Uploads bytes. It begins at once. */
  upload(source, options = {}) {
    const name = options.name ?? source?.name;
    const contentType = options.contentType ?? (source?.type || undefined);
    return new Upload(this.#session, this.name, source, { ...options, name, contentType });
  }
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

    /** Deletes an unfinished large file with its parts. */
    async cancelLargeFile(fileId, { signal } = {}) {
      await this.#session.run((client) => client.cancelLargeFile(fileId), signal);
    }
  };
}
