// One upload of a list: queued, running in this tab or in another, or left by an earlier visit.

import { Pace, positionOf } from "./pace.js";
import { expectSize, isDescribedBy, reopen, storedIn } from "./source.js";
import { ENDS, MOVING, NOT_HERE, REFUSED, RESUMABLE, TRYING } from "./states.js";

/** The properties of an upload that other tabs are sent. */
const SHARED = ["id", "name", "size", "added", "state", "progress", "rate", "version"];

/** The properties of its record that other tabs are sent. */
const OF_RECORD = ["sourceName", "lastModified", "tab"];

export class UploadItem extends EventTarget {
  /** The numbers of bytes that were hashed, sent and accepted. */
  progress;
  /** The file's version at B2, once it is done. */
  version;
  /** Why it failed. */
  error;
  /** The error and the time of the next attempt: `{ error, at }`. */
  retry;
  #home;
  #record;
  #state;
  #file;
  #upload;
  #isTaken = false;
  #taken;
  #pace = new Pace();
  #rateElsewhere;
  /** The bytes that were sent when it was paused. */
  #sentBeforePause = 0;

  /** `home` has the functions of the list for its items; `record` is what is stored of this one. */
  constructor(home, record, state, file) {
    super();
    this.#home = home;
    this.#record = record;
    this.#state = state;
    this.#file = file;
    const { id, name, size, added, checkpoint } = record;
    Object.assign(this, { id, name, size, added });
    this.#showStored(storedIn(checkpoint));
  }

  get state() {
    return this.#state;
  }

  /** Bytes a second, sent in the last seconds. */
  get rate() {
    return this.isHere ? this.#pace.perSecond() : this.#rateElsewhere;
  }

  /** The bytes that were being sent when it was paused, and that are sent again. */
  get sentAgain() {
    return this.#state === "paused" ? Math.max(0, this.#sentBeforePause - this.progress.accepted) : 0;
  }

  /** The estimated number of seconds for the bytes that are not sent yet. */
  get secondsLeft() {
    const rest = this.size - positionOf(this.progress);
    if (this.isHere) {
      return this.#pace.secondsFor(rest);
    }
    return this.rate > 0 && rest > 0 ? rest / this.rate : undefined;
  }

  /** Resolves when it is known which tab runs it. */
  get taken() {
    return this.#taken ?? Promise.resolve();
  }

  get hasHandle() {
    return this.#record.handle !== undefined;
  }

  /** Whether it can be resumed without choosing the file again. */
  get hasFile() {
    return this.#file !== undefined;
  }

  /** Whether this tab is known to be the one that runs it. */
  get isTaken() {
    return this.#isTaken;
  }

  /** The id of the tab that runs it, or ran it last. */
  get tab() {
    return this.#record.tab;
  }

  get isOver() {
    return this.#state === "done" || this.#state === "cancelled";
  }

  /** Whether this tab runs it. */
  get isHere() {
    return !NOT_HERE.has(this.#state);
  }

  /** Whether it makes progress: it does not wait in the queue, for the network or for another attempt. */
  get isMoving() {
    return MOVING.has(this.#state) && this.retry === undefined;
  }

  matches(file) {
    return isDescribedBy(this.#record, file);
  }

  pause() {
    if (this.#state !== "paused") {
      this.#sentBeforePause = positionOf(this.progress);
    }
    if (this.#state === "queued") {
      this.#become("paused");
      this.#home.leave(this);
    } else {
      this.#upload?.pause();
    }
  }

  async resume(file) {
    const source = this.#state === "left" ? file ?? this.#file ?? (await reopen(this.#record.handle)) : file;
    if (!RESUMABLE.has(this.#state)) {
      return;
    }
    if (source !== undefined) {
      expectSize(this.size, source);
      this.#file = source;
    }
    const isNew = this.#state === "left";
    this.#become("queued");
    if (isNew) {
      await this.take();
    } else if (this.#isTaken) {
      this.#home.queue(this);
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

  /** Lets this tab run it, unless another tab does. */
  take() {
    this.#taken = this.#take();
    return this.#taken;
  }

  async #take() {
    const isTaken = await this.#home.take(this.#record);
    if (this.isOver) {
      this.#home.end(this.#record);
      return;
    }
    if (this.#state === "left") {
      // The list was closed meanwhile.
      return;
    }
    if (!isTaken) {
      this.#become("elsewhere");
      this.#home.watch(this);
    } else {
      this.#isTaken = true;
      this.#home.report(this);
      if (this.#state === "queued") {
        this.#home.queue(this);
      }
      if (this.#state === "queued") {
        this.#home.examine(this);
      }
    }
  }

  /** Checks the file, so that a file that is not accepted fails before its turn. Other errors occur in its turn. */
  async check() {
    if (this.#state !== "queued") {
      return;
    }
    const { name, options } = this.#record;
    try {
      await this.#home.check(this.#file, { name, contentType: options.contentType });
    } catch (error) {
      if (REFUSED.has(error?.kind) && this.#state === "queued") {
        this.#fail(error);
      }
    }
  }

  /** Stops it, so that another tab can run it. */
  async letGo() {
    const upload = this.#upload;
    this.#upload = undefined;
    this.#isTaken = false;
    this.#become("left");
    this.#home.leave(this);
    await upload?.cancel();
  }

  /** Starts it in its turn. */
  begin() {
    this.error = undefined;
    this.#pace.begin(positionOf(this.progress));
    if (this.#upload === undefined) {
      this.#start();
    } else {
      this.#upload.resume();
    }
  }

  /** Applies what another tab reports. */
  see({ progress, rate, state, tab, version }) {
    this.#record.tab = tab;
    this.progress = progress;
    this.version = version;
    this.#rateElsewhere = rate;
    this.#become(state === "done" || state === "cancelled" ? state : "elsewhere");
  }

  /** Applies that no other tab runs it, and the record that is stored of it. */
  leave(record = this.#record) {
    this.#record = record;
    this.#rateElsewhere = undefined;
    this.#showStored(Math.max(this.progress.accepted, storedIn(record.checkpoint)));
    this.#become("left");
  }

  /** Asks B2 for the parts that it has, which may be more than those of the last checkpoint. */
  async look() {
    const { checkpoint } = this.#record;
    if (this.#state !== "left" || checkpoint === undefined) {
      return;
    }
    const stored = await this.#home.stored(JSON.parse(checkpoint).fileId);
    if (this.#state === "left" && stored !== undefined) {
      this.#showStored(stored);
      this.#changed();
    }
  }

  shared() {
    return Object.fromEntries([
      ...SHARED.map((name) => [name, this[name]]),
      ...OF_RECORD.map((name) => [name, this.#record[name]]),
    ]);
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
    upload.addEventListener("started", ({ resumed }) => this.#pace.begin(resumed));
    upload.addEventListener("state", ({ state }) => this.#follow(state));
    upload.addEventListener("progress", (progress) => this.#moved(progress));
    upload.addEventListener("retry", ({ error, delay }) => {
      this.retry = { error, at: Date.now() + delay };
      this.#changed();
    });
    upload.addEventListener("checkpoint", ({ checkpoint }) => {
      this.#record.checkpoint = checkpoint;
      this.#home.keep(this.#record);
    });
    upload.done.then((version) => this.#finish(version), (error) => this.#fail(error));
    this.#become(upload.state);
  }

  /** Follows the states of the upload; the promise reports the final one. */
  #follow(state) {
    if (!ENDS.has(state) && !this.isOver && this.isHere) {
      this.#become(state);
      if (state === "paused") {
        this.#home.leave(this);
      }
    }
  }

  /** Shows what B2 has stored, while nothing is sent. */
  #showStored(accepted) {
    const { size } = this;
    this.progress = { hashed: 0, sent: accepted, accepted, total: size, fraction: size > 0 ? accepted / size : 0 };
  }

  #moved({ hashed, sent, accepted, total, fraction }) {
    this.progress = { hashed, sent, accepted, total, fraction };
    this.#home.moved(this.#pace.add(positionOf(this.progress)));
    this.retry = undefined;
    this.#changed();
  }

  #finish(version) {
    if (!this.isOver) {
      this.version = version;
      this.#over("done");
    }
  }

  /** What B2 has stored stays, and can be resumed. */
  #fail(error) {
    this.#upload = undefined;
    if (!this.isOver && this.isHere) {
      this.error = error;
      // Bytes that were not confirmed are sent again.
      this.#showStored(this.progress.accepted);
      this.#become("failed");
    }
    this.#home.leave(this);
  }

  #over(state) {
    this.#home.end(this.#record);
    this.#file = undefined;
    this.#upload = undefined;
    this.#become(state);
    this.#home.leave(this);
  }

  #become(state) {
    this.#state = state;
    if (!TRYING.has(state)) {
      this.retry = undefined;
    }
    this.#changed();
  }

  #changed() {
    this.#home.changed(this);
    this.dispatchEvent(new Event("change"));
  }
}
