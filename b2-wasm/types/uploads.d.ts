import type { B2Error, CheckOptions, FileVersion, Upload, UploadOptions, UploadProgress, UploadState } from "./common.js";

/** What an account must be able to do: that of `b2-wasm` and of `b2-wasm/upload` can. */
export interface UploadsAccount {
  bucket(name: string): {
    upload(source: File, options?: UploadOptions): Upload;
    /** Where it is there, a file is checked when it is added, and fails before its turn comes. */
    check?(source: File, options?: CheckOptions): Promise<void>;
  };
  cancelLargeFile(fileId: string): Promise<void>;
}

export interface UploadsOptions {
  b2: UploadsAccount;
  /** The bucket that is uploaded to. */
  bucket: string;
  /** How many files are on their way at once. Default: 3. */
  atOnce?: number;
  /**
   * The name under which the browser keeps the list, and under which tabs know each other: one for each bucket by
   * default. Give each visitor of your application another one, since names of files are kept.
   */
  name?: string;
}

/**
 * - `queued`: it waits for its turn, or for the network.
 * - `left`: an earlier visit has not finished it, and no tab is uploading it. `resume` it, or `cancel` it.
 * - `elsewhere`: another tab runs it. When that tab goes, it becomes `left`.
 */
export type UploadItemState = UploadState | "queued" | "left" | "elsewhere" | "cancelled";

/** How a file is uploaded. It is kept, so that the upload goes on in the same way. */
export type UploadItemOptions =
  Pick<UploadOptions, "contentType" | "info" | "concurrency" | "partSize" | "wholeSha1"> & {
    /** The name at B2. Default: the path in the folder that was chosen, or the name of the file. */
    name?: string;
    /** Where the browser gives one: with it, the file need not be chosen again. */
    handle?: FileSystemFileHandle | undefined;
  };

/** One upload of a list. It tells of every change with an event `change`. */
export declare class UploadItem extends EventTarget {
  private constructor();
  readonly id: string;
  /** The name at B2. */
  readonly name: string;
  readonly size: number;
  /** When it was added, in milliseconds since 1970. */
  readonly added: number;
  readonly state: UploadItemState;
  readonly progress: UploadProgress;
  /** Bytes a second, sent in the last seconds. */
  readonly rate: number | undefined;
  /** How long the bytes take that are not sent yet. B2 may need a moment more to confirm them. */
  readonly secondsLeft: number | undefined;
  /** Resolves when it is known which tab runs it: then `state` is `elsewhere` if another one does. */
  readonly taken: Promise<void>;
  /** Whether the browser knows where the file is, so that it need not be chosen again. */
  readonly hasHandle: boolean;
  /** Whether it is done or cancelled. */
  readonly isOver: boolean;
  /** Whether this tab cares for it. */
  readonly isHere: boolean;
  /** Whether it goes forward now: it does not wait for its turn, for the network or for another attempt. */
  readonly isMoving: boolean;
  /** Why it tries again, and when, in milliseconds since 1970. */
  readonly retry: { readonly error: B2Error; readonly at: number } | undefined;
  /** Why it failed. `resume` tries once more. */
  readonly error: unknown;
  /** What is stored, once it is done. */
  readonly version: FileVersion | undefined;
  /** Whether a file seems to be the one that this is of. Its bytes decide: they are hashed again. */
  matches(file: File): boolean;
  /** Sends nothing more. Another upload may take its turn. */
  pause(): void;
  /**
   * Goes on: after a pause, after a failure, or with what an earlier visit has left. The latter takes the file,
   * unless there is a handle; then the browser may ask the visitor, so call it when something was clicked.
   */
  resume(file?: File): Promise<void>;
  /** Ends it and forgets it, and deletes what B2 has of it. */
  cancel(): Promise<void>;
}

/** All that a tab has under way or has done, in one sum. Bytes of files that have failed are not in it. */
export interface UploadsProgress {
  readonly files: number;
  readonly done: number;
  readonly failed: number;
  readonly hashed: number;
  /** Bytes that were sent, with all that B2 has confirmed. */
  readonly sent: number;
  readonly accepted: number;
  readonly total: number;
  /** The share that was sent, from 0 to 1; 1 only when nothing is left to be done. */
  readonly fraction: number;
  /** Bytes a second, sent in the last seconds by all together. */
  readonly rate: number;
  /** How long the bytes take that are not sent yet; unknown while nothing moves. */
  readonly secondsLeft: number | undefined;
}

/** The events of a list. */
export interface UploadsEventMap {
  added: Event & { readonly item: UploadItem };
  change: Event & { readonly item: UploadItem };
  removed: Event & { readonly item: UploadItem };
  /** The browser keeps nothing: uploads work, and a reload loses them. */
  warning: Event & { readonly error: unknown };
}

/**
 * The uploads of a page: so many at once, the others queued; kept over reloads for six days, without content,
 * URLs and tokens; and each run by one tab, while the others watch.
 */
export declare class Uploads extends EventTarget {
  constructor(options: UploadsOptions);
  /** All of them, in the order in which they were added. */
  readonly items: readonly UploadItem[];
  readonly progress: UploadsProgress;
  /** Whether the browser keeps what a reload needs. Unknown before the first attempt. */
  readonly persistent: boolean | undefined;
  /**
   * Adds a file. It is uploaded when its turn comes. Of one file under one name there is one upload, in all tabs: if the
   * list has one that is not over, that one goes on, and is returned.
   */
  add(file: File, options?: UploadItemOptions): UploadItem;
  /** Brings what earlier visits have left and what other tabs do. Answers the former. */
  list(): Promise<UploadItem[]>;
  /** The upload of this file under this name: from an earlier visit, of this one, or of another tab. It may be over. */
  find(file: File, name: string): UploadItem | undefined;
  /** Takes it out of the list. What is not done is cancelled. */
  remove(item: UploadItem): Promise<void>;
  /** Stops all that this tab runs, and lets other tabs have it. What was kept can be gone on with. */
  close(): Promise<void>;
  addEventListener<K extends keyof UploadsEventMap>(
    type: K,
    listener: (event: UploadsEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}
