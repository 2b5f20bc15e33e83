// One upload of a list: waiting, under way in this tab or in another, or left by an earlier visit.

import { Rate } from "./rate.js";
import { expectSize, isDescribedBy, reopen } from "./source.js";

/** Checkpoints are kept at most so often. */
const KEEP_EVERY = 500;

/** What other tabs are told of an upload. */
const SHARED = ["id", "name", "size", "added", "state", "progress", "rate"];

/** States in which another tab, or nobody, cares for an upload. */
const NOT_HERE = new Set(["elsewhere", "left"]);

export class UploadItem extends EventTarget {
  /** The file's version at B2, once it is done. */
  version;
  /** Why it failed. */
  error;
  /** Why it tries again, and when: `{ error, at }`. */
  retry;
  #home;
  #record;
  #state;
  #file;
  #upload;
  #release;
  #progress;
  #rate = new Rate();
  #rateElsewhere;
  #keeping;

  /** `home` is what the list does for its items; `record` what is kept of this one. */
  constructor(home, record, state, file) {
    super();
    this.#home = home;
    this.#record = record;
    this.#state = state;
    this.#file = file;
    const accepted = record.accepted ?? 0;
    this.#progress = { hashed: 0, sent: accepted, accepted, total: record.size, fraction: 0 };
  }

  get id() {
    return this.#record.id;
  }

  get name() {
    return this.#record.name;
  }

  get size() {
    return this.#record.size;
  }

  get added() {
    return this.#record.added;
  }

  get state() {
    return this.#state;
  }

  get progress() {
    return this.#progress;
  }

  get rate() {
    return this.#rateElsewhere ?? this.#rate.perSecond;
  }

  get secondsLeft() {
    const { rate, progress } = this;
    return rate > 0 ? (this.size - progress.accepted) / rate : undefined;
  }

  get hasHandle() {
    return this.#record.handle !== undefined;
  }

  get isOver() {
    return this.#state === "done" || this.#state === "cancelled";
  }

  /** Whether this tab cares for it. */
  get isHere() {
    return !NOT_HERE.has(this.#state);
  }

  matches(file) {
    return isDescribedBy(this.#record, file);
  }

  pause() {
    this.#home.leave(this);
    if (this.#upload !== undefined) {
      this.#upload.pause();
    } else if (this.#state === "queued") {
      this.#become("paused");
    }
  }

  async resume(file) {
    if (this.#state === "left") {
      const source = file ?? (await reopen(this.#record.handle));
      expectSize(this.size, source);
      this.#file = source;
      await this.take();
    } else if (this.#state === "paused" || this.#state === "failed") {
      if (file !== undefined) {
        expectSize(this.size, file);
        this.#file = file;
      }
      this.#queue();
    }
  }

  async cancel() {
    if (this.isOver || this.#state === "elsewhere") {
      return;
    }
    const { checkpoint } = this.#record;
    const upload = this.#upload;
    this.#over("cancelled");
    if (upload !== undefined) {
      await upload.cancel({ discard: true });
    } else if (checkpoint !== undefined) {
      await this.#home.discard(JSON.parse(checkpoint).fileId);
    }
  }

  /** Makes this tab the one that runs it, if no other tab does. */
  async take() {
    this.#release = await this.#home.take(this.id);
    if (this.isOver) {
      this.#release?.();
    } else if (this.#release === undefined) {
      this.#become("elsewhere");
    } else {
      this.#home.keep(this.#record);
      if (this.#state !== "paused") {
        this.#queue();
      }
    }
  }

  /** Its turn has come. */
  begin() {
    this.error = undefined;
    if (this.#upload === undefined) {
      this.#start();
    } else {
      this.#upload.resume();
    }
  }

  /** What another tab tells of it. */
  see({ progress, rate, state }) {
    this.#progress = progress;
    this.#rateElsewhere = rate;
    this.#become(state === "done" || state === "cancelled" ? state : "elsewhere");
  }

  /** The tab that ran it has gone; this is what it has kept. */
  leave(record) {
    this.#record = record;
    this.#rateElsewhere = undefined;
    this.#become("left");
  }

  shared() {
    return Object.fromEntries(SHARED.map((name) => [name, this[name]]));
  }

  #queue() {
    this.#become("queued");
    this.#home.queue(this);
  }

  #start() {
    const { name, checkpoint, options } = this.#record;
    let upload;
    try {
      upload = this.#home.upload(this.#file, { ...options, name, checkpoint });
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#upload = upload;
    this.#rate.reset();
    upload.addEventListener("state", ({ state }) => this.#follow(state));
    upload.addEventListener("progress", (progress) => this.#moved(progress));
    upload.addEventListener("retry", ({ error, delay }) => {
      this.retry = { error, at: Date.now() + delay };
      this.#changed();
    });
    upload.addEventListener("checkpoint", ({ checkpoint: text }) => this.#keep(text));
    upload.then((version) => this.#finish(version), (error) => this.#fail(error));
    this.#become(upload.state);
  }

  /** How it ends is said by the promise. */
  #follow(state) {
    if (state !== "done" && state !== "failed" && !this.isOver) {
      this.#rate.reset();
      this.#become(state);
    }
  }

  #moved({ hashed, sent, accepted, total, fraction }) {
    this.#progress = { hashed, sent, accepted, total, fraction };
    this.#record.accepted = accepted;
    this.#rate.add(Math.max(sent, accepted));
    this.retry = undefined;
    this.#changed();
  }

  #finish(version) {
    if (!this.isOver) {
      this.version = version;
      this.#over("done");
    }
  }

  /** What B2 has stays there, and can be gone on with. */
  #fail(error) {
    this.#upload = undefined;
    this.#home.leave(this);
    if (!this.isOver) {
      this.error = error;
      this.#become("failed");
    }
  }

  #over(state) {
    clearTimeout(this.#keeping);
    this.#home.leave(this);
    this.#home.forget(this.id);
    this.#release?.();
    this.#file = undefined;
    this.#upload = undefined;
    this.#become(state);
  }

  /** The first checkpoint is kept at once, those that follow soon after it a little later. */
  #keep(checkpoint) {
    this.#record.checkpoint = checkpoint;
    if (this.#keeping === undefined) {
      this.#home.keep(this.#record);
      this.#keeping = setTimeout(() => {
        this.#keeping = undefined;
        if (!this.isOver) {
          this.#home.keep(this.#record);
        }
      }, KEEP_EVERY);
    }
  }

  #become(state) {
    this.#state = state;
    this.retry = undefined;
    this.#changed();
  }

  #changed() {
    this.#home.changed(this);
    this.dispatchEvent(new Event("change"));
  }
}
