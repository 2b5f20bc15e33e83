// The whole client.

import { copyOf, fileOf, moveOf } from "./copies.js";
import { download } from "./download.js";
import { COUNT, FLAG, OBJECT, TEXT, invalid, optionsOf, textOf } from "./options.js";
import { LOCKS, checkedFields, encryptionOf, propertiesOf, retentionOf } from "./properties.js";
import { Session } from "./session.js";
import { toJson, wellFormed } from "./text.js";
import { UPLOAD, Upload, uploadOf } from "./upload.js";
import { UploadBucket, limitsOf } from "./uploader.js";

/** The types of the options of methods. */
const BYPASS = { bypassGovernance: FLAG };
const ENCRYPTED = { encryption: OBJECT };
const LIST = {
  path: TEXT, prefix: TEXT, recursive: FLAG, versions: FLAG, withWildcard: FLAG, filters: OBJECT,
};
const SETTINGS = {
  bucketInfo: OBJECT, corsRules: OBJECT, lifecycleRules: OBJECT, defaultServerSideEncryption: OBJECT, fileLockEnabled: FLAG,
};
const CREATE = { ...SETTINGS, public: FLAG };
const UPDATE = { ...SETTINGS, bucketType: TEXT, defaultRetention: OBJECT, ifRevisionIs: COUNT };
const KEY = { capabilities: OBJECT, validSeconds: COUNT, bucketIds: OBJECT, namePrefix: TEXT };
const RULE = [
  "name", "eventTypes", "isEnabled", "objectNamePrefix", "maxEventsPerBatch", "targetConfiguration", "isSuspended",
  "suspensionReason",
];
const TARGET = ["targetType", "url", "customHeaders", "hmacSha256SigningSecret"];

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

/** Returns the settings of a bucket as JSON. */
function settingsOf(what, settings) {
  const encryption = encryptionOf(what, settings.defaultServerSideEncryption);
  return toJson(what, { ...settings, defaultServerSideEncryption: encryption });
}

/** Returns event notification rules as JSON. A rule is enabled and for all names unless it says otherwise. */
function rulesOf(rules) {
  const what = "setNotificationRules";
  if (!Array.isArray(rules)) {
    invalid(what, "give an array of rules");
  }
  return toJson(what, rules.map((rule, index) => {
    const place = `${what}: rules[${index}]`;
    checkedFields(place, rule, RULE);
    checkedFields(`${place}.targetConfiguration`, rule.targetConfiguration, TARGET);
    const { isSuspended: _, suspensionReason: __, ...given } = rule;
    return { isEnabled: true, objectNamePrefix: "", ...given };
  }));
}

/** A bucket. */
export class Bucket extends UploadBucket {
  #session;

  constructor(session, name) {
    super(session, name);
    this.#session = session;
  }

  async #json(start, signal) {
    return JSON.parse(await this.#session.runIn(this.name, start, signal));
  }

  #list(start, signal) {
    const open = async () => {
      const bucket = await this.#session.bucket(this.name, signal);
      return this.#session.engine.call(() => start(bucket));
    };
    return new Listing(this.#session.engine, open, signal);
  }

  upload(source, options) {
    const types = { ...UPLOAD, ...LOCKS };
    const work = uploadOf(source, this.#session.engine.files, types, (given) => propertiesOf("upload", given));
    return new Upload(this.#session, this.name, work, options);
  }

  copy(source, name, options) {
    return new Upload(this.#session, this.name, copyOf(source, name), options);
  }

  moveFile(source, name, options) {
    return new Upload(this.#session, this.name, moveOf(source, name), options);
  }

  concatenate(pieces, name, options) {
    return this.#create("concatenate", pieces, name, options);
  }

  createFile(pieces, name, options) {
    return this.#create("createFile", pieces, name, options);
  }

  #create(what, pieces, name, options) {
    return new Upload(this.#session, this.name, fileOf(what, pieces, name, this.#session.engine.files), options);
  }

  ls(options) {
    const { path, prefix, recursive = false, versions = false, withWildcard = false, filters = [], signal } =
      optionsOf("ls", options, LIST);
    const byPrefix = prefix !== undefined;
    if (byPrefix && (path !== undefined || withWildcard)) {
      invalid("ls", "give a path, which can be a pattern, or a prefix, not both");
    }
    const signed = (filter) => {
      const { include, exclude } = filter ?? {};
      if (typeof (include ?? exclude) !== "string" || (include !== undefined && exclude !== undefined)) {
        invalid("ls", "a filter is { include: pattern } or { exclude: pattern }");
      }
      return wellFormed(include === undefined ? `-${exclude}` : `+${include}`);
    };
    if (!Array.isArray(filters)) {
      invalid("ls", "`filters` is an array");
    }
    return this.#list((bucket) => {
      const start = wellFormed(prefix ?? path ?? "");
      return bucket.ls(start, byPrefix, recursive, versions, withWildcard, filters.map(signed));
    }, signal);
  }

  listFileVersions(name, options) {
    const { signal } = optionsOf("listFileVersions", options);
    const of = textOf("listFileVersions: the file name", name);
    return this.#list((bucket) => bucket.versions(of), signal);
  }

  listUnfinishedLargeFiles(options) {
    const { prefix, signal } = optionsOf("listUnfinishedLargeFiles", options, { prefix: TEXT });
    return this.#list((bucket) => bucket.unfinished(wellFormed(prefix)), signal);
  }

  async download(name, options) {
    const file = textOf("download: the file name", name);
    return download(this.#session, "download", async (signal) => {
      const bucket = await this.#session.bucket(this.name, signal);
      return {
        read: (settings, target) => bucket.download(file, settings, target),
        save: (settings, target) => bucket.save(file, settings, target),
      };
    }, options);
  }

  async getFileInfo(name, options) {
    const { encryption, signal } = optionsOf("getFileInfo", options, ENCRYPTED);
    const file = textOf("getFileInfo: the file name", name);
    const key = toJson("getFileInfo", encryptionOf("getFileInfo", encryption));
    return this.#json((bucket) => bucket.head(file, key), signal);
  }

  async hide(name, options) {
    const { signal } = optionsOf("hide", options);
    const file = textOf("hide: the file name", name);
    return this.#json((bucket) => bucket.hide(file), signal);
  }

  async unhide(name, options) {
    const { bypassGovernance = false, signal } = optionsOf("unhide", options, BYPASS);
    const file = textOf("unhide: the file name", name);
    return this.#json((bucket) => bucket.unhide(file, bypassGovernance), signal);
  }

  async getDownloadUrl(name, options) {
    const { expiresIn, signal } = optionsOf("getDownloadUrl", options, { expiresIn: COUNT });
    const file = textOf("getDownloadUrl: the file name", name);
    return this.#session.runIn(this.name, (bucket) => bucket.downloadUrl(file, expiresIn), signal);
  }

  async getDownloadAuthorization(prefix, seconds, options) {
    const { signal } = optionsOf("getDownloadAuthorization", options);
    optionsOf("getDownloadAuthorization", { seconds: seconds ?? null }, { seconds: COUNT });
    const start = textOf("getDownloadAuthorization: the prefix", prefix);
    return this.#session.runIn(this.name, (bucket) => bucket.downloadAuthorization(start, seconds), signal);
  }

  async getNotificationRules(options) {
    const { signal } = optionsOf("getNotificationRules", options);
    return this.#json((bucket) => bucket.notificationRules(), signal);
  }

  async setNotificationRules(rules, options) {
    const { signal } = optionsOf("setNotificationRules", options);
    const text = rulesOf(rules);
    return this.#json((bucket) => bucket.setNotificationRules(text), signal);
  }

  async state(options) {
    const { signal } = optionsOf("state", options);
    return this.#json((bucket) => bucket.state(), signal);
  }

  async update(settings, options) {
    const { signal } = optionsOf("update", options);
    const text = settingsOf("update", optionsOf("update", settings ?? null, UPDATE));
    return this.#json((bucket) => bucket.update(text), signal);
  }

  async delete(options) {
    const { signal } = optionsOf("delete", options);
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

    async #json(start, signal) {
      return JSON.parse(await this.#session.run(start, signal));
    }

    bucket(name) {
      return new Bucket(this.#session, name);
    }

    async capabilities(options) {
      const { signal } = optionsOf("capabilities", options);
      return this.#json((client) => client.capabilities(), signal);
    }

    async listBuckets(options) {
      const { signal } = optionsOf("listBuckets", options);
      return this.#json((client) => client.listBuckets(), signal);
    }

    async createBucket(name, options) {
      const { public: open = false, signal, ...settings } = optionsOf("createBucket", options, CREATE);
      const bucket = textOf("createBucket: the name", name);
      const text = settingsOf("createBucket", settings);
      return this.#json((client) => client.createBucket(bucket, open, text), signal);
    }

    async getFileInfo(fileId, options) {
      const { signal } = optionsOf("getFileInfo", options);
      const id = textOf("getFileInfo: the file ID", fileId);
      return this.#json((client) => client.fileInfo(id), signal);
    }

    async deleteFileVersion(name, fileId, options) {
      const { bypassGovernance = false, signal } = optionsOf("deleteFileVersion", options, BYPASS);
      const [file, id] = version("deleteFileVersion", name, fileId);
      return this.#json((client) => client.deleteVersion(file, id, bypassGovernance), signal);
    }

    async updateFileRetention(name, fileId, retention, options) {
      const { bypassGovernance = false, signal } = optionsOf("updateFileRetention", options, BYPASS);
      const [file, id] = version("updateFileRetention", name, fileId);
      const text = toJson("updateFileRetention", retentionOf("updateFileRetention", retention ?? {}));
      return this.#json((client) => client.updateRetention(file, id, text, bypassGovernance), signal);
    }

    async updateFileLegalHold(name, fileId, legalHold, options) {
      const { signal } = optionsOf("updateFileLegalHold", options);
      const [file, id] = version("updateFileLegalHold", name, fileId);
      if (!["on", "off"].includes(legalHold)) {
        invalid("updateFileLegalHold", 'the legal hold is "on" or "off"');
      }
      await this.#session.run((client) => client.updateLegalHold(file, id, legalHold === "on"), signal);
    }

    async downloadById(fileId, options) {
      const id = textOf("downloadById: the file ID", fileId);
      return download(this.#session, "downloadById", async (signal) => {
        const client = await this.#session.client(signal);
        return {
          read: (settings, target) => client.downloadById(id, settings, target),
          save: (settings, target) => client.saveById(id, settings, target),
        };
      }, options);
    }

    async createKey(name, options) {
      const { signal, ...settings } = optionsOf("createKey", options, KEY);
      const key = textOf("createKey: the name", name);
      const text = toJson("createKey", settings);
      return this.#json((client) => client.createKey(key, text), signal);
    }

    listKeys(options) {
      const { signal } = optionsOf("listKeys", options);
      return this.#list((client) => client.listKeys(), signal);
    }

    async deleteKey(id, options) {
      const { signal } = optionsOf("deleteKey", options);
      const key = textOf("deleteKey: the key ID", id);
      return this.#json((client) => client.deleteKey(key), signal);
    }

    listParts(fileId, options) {
      const { signal } = optionsOf("listParts", options);
      const id = textOf("listParts: the file ID", fileId);
      return this.#list((client) => client.parts(id), signal);
    }

    #list(start, signal) {
      const open = async () => {
        const client = await this.#session.client(signal);
        return this.#session.engine.call(() => start(client));
      };
      return new Listing(this.#session.engine, open, signal);
    }

    async uploadLimits(options) {
      const { signal } = optionsOf("uploadLimits", options);
      return limitsOf(await this.#session.run((client) => client.uploadLimits(), signal));
    }

    async cancelLargeFile(fileId, options) {
      const { signal } = optionsOf("cancelLargeFile", options);
      const id = textOf("cancelLargeFile: the file ID", fileId);
      await this.#session.run((client) => client.cancelLargeFile(id), signal);
    }
  };
}

/** Returns the name and the ID of a file version. */
function version(what, name, fileId) {
  return [textOf(`${what}: the file name`, name), textOf(`${what}: the file ID`, fileId)];
}
