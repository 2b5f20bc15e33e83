// The client of an upload page.

import { TEXT, invalid, optionsOf, textOf } from "./options.js";
import { Session } from "./session.js";
import { wellFormed } from "./text.js";
import { Upload, bytesOf, newName, uploadOf } from "./upload.js";

/** A bucket that files can be uploaded to. */
export class UploadBucket {
  #session;

  constructor(session, name) {
    this.#session = session;
    this.name = textOf("the name of the bucket", name);
  }

  /** Checks a file that would be uploaded, without sending or reading it. */
  async check(source, options) {
    const { name, contentType, signal } = optionsOf("check", options, { name: TEXT, contentType: TEXT });
    const blob = await bytesOf(source, this.#session.engine.files, "check");
    if (!(blob instanceof Blob)) {
      invalid("check", "a stream has no length");
    }
    const type = wellFormed(contentType ?? (blob.type || undefined));
    await this.#session.runIn(this.name, (bucket) => bucket.checkBlob(blob, newName(name ?? blob.name), type), signal);
  }

  /** Starts an upload. */
  upload(source, options) {
    return new Upload(this.#session, this.name, uploadOf(source, this.#session.engine.files), options);
  }
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
    async uploadLimits(options) {
      const { signal } = optionsOf("uploadLimits", options);
      return limitsOf(await this.#session.run((client) => client.uploadLimits(), signal));
    }

    /** Deletes an unfinished large file with its parts. */
    async cancelLargeFile(fileId, options) {
      const { signal } = optionsOf("cancelLargeFile", options);
      const id = textOf("cancelLargeFile: the file ID", fileId);
      await this.#session.run((client) => client.cancelLargeFile(id), signal);
    }
  };
}
