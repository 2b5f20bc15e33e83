// An uploader for Uppy.

import { BasePlugin } from "@uppy/core";
import { Uploads } from "b2-wasm/uploads";
import { REFUSED } from "./uploads/states.js";
import { describeUpload } from "./uppy/file.js";
import { bodyOf, discard, follow, progressOf, responseOf } from "./uppy/follow.js";

/** The options that are those of a client. */
const CLIENT = ["realm", "credential", "keyId", "retryTimeout", "requestsPerSecond", "allowHosts"];

/** The options that decide which list of uploads a file belongs to. */
const LIST = ["client", "bucket", "listName", ...CLIENT];

/** Uploads the files of Uppy to B2. */
export class B2Uppy extends BasePlugin {
  /** The list of the present options, when it is open. */
  #list;
  /** All lists that were opened and not closed: there is more than one after a change of the options. */
  #lists = new Set();
  /** The lists and items of files that were passed to a list, by the ids of Uppy. */
  #items = new Map();
  #listeners = {
    "upload-pause": (file, paused) => this.#control(file?.id, paused),
    "pause-all": () => this.#controlAll(true),
    "resume-all": () => this.#controlAll(false),
    "file-removed": (file) => this.#removed(file),
  };

  constructor(uppy, options) {
    super(uppy, options);
    this.type = "uploader";
    this.id = this.opts.id ?? "B2";
  }

  install() {
    this.#allowPause(true);
    this.uppy.addUploader(this.#upload);
    Object.entries(this.#listeners).forEach(([event, listener]) => this.uppy.on(event, listener));
  }

  uninstall() {
    this.#allowPause(false);
    this.uppy.removeUploader(this.#upload);
    Object.entries(this.#listeners).forEach(([event, listener]) => this.uppy.off(event, listener));
    this.#list = undefined;
    for (const list of this.#lists) {
      this.#close(list);
    }
  }

  /** Applies to files that are uploaded later, `limit` at once. */
  setOptions(options) {
    super.setOptions(options);
    if (LIST.some((name) => name in options)) {
      this.#list = undefined;
    }
    for (const { uploads } of this.#lists) {
      uploads.atOnce = this.opts.limit;
    }
    this.#closeUnused();
  }

  #allowPause(resumableUploads) {
    const { capabilities } = this.uppy.getState();
    this.uppy.setState({ capabilities: { ...capabilities, resumableUploads } });
  }

  /** Returns the list of uploads, with those of earlier visits. */
  async #open() {
    if (this.#list === undefined) {
      const list = { closed: false };
      this.#list = list;
      list.opened = this.#create(list);
    }
    const list = this.#list;
    try {
      return await list.opened;
    } catch (error) {
      // The next upload tries again.
      this.#list = this.#list === list ? undefined : this.#list;
      throw error;
    }
  }

  async #create(list) {
    const { client, bucket, limit, listName = `b2-uppy ${this.uppy.getID()} ${bucket}` } = this.opts;
    const own = Object.fromEntries(CLIENT.filter((name) => name in this.opts).map((name) => [name, this.opts[name]]));
    const b2 = client ?? new (await import("b2-wasm/upload")).B2(own);
    const uploads = new Uploads({ b2, bucket, atOnce: limit, name: listName });
    list.uploads = uploads;
    this.#lists.add(list);
    uploads.addEventListener("warning", ({ error }) => {
      this.uppy.log(`[B2] Uploads cannot be resumed after a reload: ${error?.message ?? error}`, "warning");
    });
    await uploads.list();
    return list;
  }

  /** Closes the lists of earlier options that upload nothing any more. */
  #closeUnused() {
    const isUsed = ({ isHere, isOver, state }) => isHere && !isOver && state !== "failed";
    for (const list of this.#lists) {
      if (list !== this.#list && !list.uploads.items.some(isUsed)) {
        this.#close(list);
      }
    }
  }

  #close(list) {
    list.closed = true;
    this.#lists.delete(list);
    list.uploads.close().catch((error) => this.uppy.log(error));
  }

  /** The function that Uppy calls with the ids of files to upload. Resolves when each has ended, in whichever way. */
  #upload = async (ids) => {
    const files = this.uppy.getFilesByIds(ids).filter(({ error, progress }) => !error && !progress.uploadComplete);
    // A restored file has started already.
    this.uppy.emit("upload-start", files.filter(({ progress, isRestored }) => !progress.uploadStarted || !isRestored));
    let list;
    const described = await Promise.all(files.map(async (file) => {
      try {
        const upload = await describeUpload(file, this.opts);
        list = await this.#open();
        return { id: file.id, ...upload };
      } catch (error) {
        this.#failed(file.id, error);
        return undefined;
      }
    }));
    // Files may have been removed meanwhile.
    const started = described.filter((upload) => upload !== undefined && this.uppy.getFile(upload.id) !== undefined);
    for (const upload of started) {
      upload.item = list.uploads.add(this.uppy.getFile(upload.id).data, upload.options);
      this.#items.set(upload.id, { list, item: upload.item });
    }
    this.#remember(started);
    await Promise.all(started.map((upload) => this.#run(list, upload)));
  };

  /** Stores the names and ids of uploads with Uppy's files, so that restored files get the same. */
  #remember(started) {
    this.uppy.patchFilesState(Object.fromEntries(started.map(({ id, item }) => {
      const upload = { id: item.id, name: item.name };
      return [id, { b2: { ...this.uppy.getFile(id).b2, upload } }];
    })));
  }

  async #run(list, { id, item }) {
    if (this.uppy.getFile(id).isPaused) {
      item.pause();
    }
    const { uppy } = this;
    let bytes;
    const error = await follow(list, item, {
      file: () => uppy.getFile(id)?.data,
      progress: () => {
        const file = uppy.getFile(id);
        const progress = progressOf(item);
        if (file !== undefined && progress.bytesUploaded !== bytes) {
          bytes = progress.bytesUploaded;
          uppy.emit("upload-progress", file, { ...progress, uploadStarted: file.progress.uploadStarted ?? Date.now() });
        }
      },
      retry: ({ error: reason }) => uppy.log(`[B2] ${item.name} is tried again: ${reason.message}`, "warning"),
    });
    if (item.state === "done") {
      await this.#succeeded(list, id, item);
    } else if (error !== undefined) {
      if (REFUSED.has(error.kind)) {
        // The name or the options may be others the next time.
        this.#forget(list, id, item);
      }
      this.#failed(id, error);
    }
    this.#closeUnused();
  }

  async #succeeded(list, id, item) {
    const { version } = item;
    list.uploads.remove(item);
    this.#items.delete(id);
    let uploadURL;
    try {
      uploadURL = await this.opts.url?.(version, this.uppy.getFile(id));
    } catch (error) {
      this.uppy.log(error, "error");
    }
    const file = this.uppy.getFile(id);
    if (file !== undefined) {
      this.uppy.emit("upload-success", file, { status: 200, uploadURL, body: bodyOf(version) });
    }
  }

  #failed(id, error) {
    const file = this.uppy.getFile(id);
    if (file !== undefined) {
      this.uppy.emit("upload-error", file, error, responseOf(error));
    }
  }

  #forget(list, id, item) {
    list.uploads.remove(item);
    this.#items.delete(id);
    const file = this.uppy.getFile(id);
    if (file !== undefined) {
      this.uppy.setFileState(id, { b2: { ...file.b2, upload: undefined } });
    }
  }

  #control(id, paused) {
    const { item } = this.#items.get(id) ?? {};
    if (paused) {
      item?.pause();
    } else if (item?.state === "paused") {
      item.resume();
    } else if (item?.state === "failed") {
      // Uppy has removed its error.
      this.uppy.retryUpload(id).catch((error) => this.uppy.log(error));
    }
  }

  #controlAll(paused) {
    for (const id of this.#items.keys()) {
      this.#control(id, paused);
    }
  }

  /** Cancels the upload of a file, also one of an earlier visit. What B2 has of it is deleted. */
  async #removed(file) {
    const known = this.#items.get(file.id);
    this.#items.delete(file.id);
    const id = file.b2?.upload?.id;
    try {
      if (known !== undefined) {
        await discard(known.list, known.item);
      } else if (id !== undefined && !file.progress.uploadComplete) {
        const list = await this.#open();
        const item = list.uploads.get(id);
        await (item && discard(list, item));
      }
    } catch (error) {
      this.uppy.log(`[B2] What B2 has of ${file.name} is not deleted: ${error?.message ?? error}`, "warning");
    }
  }
}
