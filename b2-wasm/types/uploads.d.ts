import type { B2Error, CheckOptions, FileVersion, Upload, UploadOptions, UploadProgress, UploadState } from "./common.js";
import type { Event, EventTarget, File, FileSystemFileHandle, AddedListenerOptions, Listener } from "./platform.js";

/** What a list needs of a client. The clients of `b2-wasm` and of `b2-wasm/upload` have it. */
export interface UploadsAccount {
  bucket(name: string): {
    upload(source: File, options?: UploadOptions): Upload;
    /** If it exists, files are checked when they are added. */
    check?(source: File, options?: CheckOptions): Promise<void>;
  };
  cancelLargeFile(fileId: string): Promise<void>;
  /** If it exists, uploads of earlier visits show the parts that B2 has, and otherwise those that were confirmed to the page. */
  listParts?(fileId: string): { all(): Promise<{ readonly contentLength: number }[]> };
}

export interface UploadsOptions {
  b2: UploadsAccount;
  /** The bucket to upload to. */
  bucket: string;
  /** How many files are uploaded at once. Default: 3, and 6 if they have less than 1 MB. */
  atOnce?: number;
  /**
   * The name of the list, which is stored in the browser and shared by all tabs. By default there is one for each bucket. Use
   * a different name for each visitor, since names of files are stored.
   */
  name?: string;
}

/**
 * The state of an upload of a list. In addition to those of an upload:
 * - `queued`: until other uploads are done, or until the device is online.
 * - `left`: unfinished since an earlier visit, and not run by any tab. `resume` or `cancel` it.
 * - `elsewhere`: run by another tab. When that tab is closed, it becomes `left`.
 */
export type UploadItemState = UploadState | "queued" | "left" | "elsewhere" | "cancelled";

/** The options of one upload. They are stored, so that a resumed upload has the same options. */
export type UploadItemOptions =
  Pick<UploadOptions, "contentType" | "info" | "concurrency" | "partSize" | "wholeSha1"> & {
    /** The name at B2. Default: the path below the chosen folder, or the name of the file. */
    name?: string;
    /** The file's handle, in browsers that have handles. With it the file need not be chosen again. */
    handle?: FileSystemFileHandle | undefined;
  };

/** An upload of a list. It dispatches `change` events. */
export declare class UploadItem extends EventTarget {
  private constructor();
  readonly id: string;
  /** The name at B2. */
  readonly name: string;
  readonly size: number;
  /** The time when it was added, in milliseconds since 1970. */
  readonly added: number;
  readonly state: UploadItemState;
  readonly progress: UploadProgress;
  /** The rate of the last seconds, in bytes sent per second. */
  readonly rate: number | undefined;
  /** The estimated time until all bytes are sent, in seconds. */
  readonly secondsLeft: number | undefined;
  /** The bytes that were being sent when the upload was paused, and that are sent again. 0 in other states. */
  readonly sentAgain: number;
  /** Resolves when it is known which tab runs the upload. `state` is `elsewhere` if it is another one. */
  readonly taken: Promise<void>;
  /** Whether the file's handle is stored, so that the file need not be chosen again. */
  readonly hasHandle: boolean;
  /** Whether it is done or cancelled. */
  readonly isOver: boolean;
  /** Whether this tab runs it. */
  readonly isHere: boolean;
  /** Whether it is in progress: neither queued, nor offline, nor waiting for the next attempt. */
  readonly isMoving: boolean;
  /** The error that is retried, and the time of the next attempt, in milliseconds since 1970. */
  readonly retry: { readonly error: B2Error; readonly at: number } | undefined;
  /** The error, if it failed. `resume` tries again. */
  readonly error: unknown;
  /** The file version, if it is done. */
  readonly version: FileVersion | undefined;
  /** Returns whether a file seems to be the one of this upload. Its bytes are hashed again before they are used. */
  matches(file: File): boolean;
  /** Pauses the upload. The next queued upload starts. */
  pause(): void;
  /**
   * Resumes the upload after a pause, after a failure, or in a later visit. The latter needs the file, unless there is a
   * handle. With a handle the browser may ask the visitor for permission, so call it in a click handler.
   */
  resume(file?: File): Promise<void>;
  /** Cancels the upload, removes it from storage, and deletes what B2 has stored. */
  cancel(): Promise<void>;
}

/** The total progress of a tab's uploads. Bytes of failed uploads are not included. */
export interface UploadsProgress {
  readonly files: number;
  readonly done: number;
  readonly failed: number;
  readonly hashed: number;
  /** Bytes that were sent, including all that B2 has confirmed. */
  readonly sent: number;
  readonly accepted: number;
  readonly total: number;
  /** The part that was sent, from 0 to 1; 1 only when all uploads have ended. */
  readonly fraction: number;
  /** The total rate of the last seconds, in bytes sent per second. */
  readonly rate: number;
  /** The estimated time until all bytes are sent, in seconds. `undefined` while nothing is sent. */
  readonly secondsLeft: number | undefined;
}

/** The events of a list. */
export interface UploadsEventMap {
  added: Event & { readonly item: UploadItem };
  change: Event & { readonly item: UploadItem };
  removed: Event & { readonly item: UploadItem };
  /** The browser stores nothing: uploads work, but are lost by a reload. */
  warning: Event & { readonly error: unknown };
}

/**
 * The uploads of a page. A limited number runs at once, the others are queued. The list outlives reloads for six days; it
 * contains no content, URLs or tokens. Each upload is run by one tab, and the others show its progress.
 */
export declare class Uploads extends EventTarget {
  constructor(options: UploadsOptions);
  /** All uploads, in the order in which they were added. */
  readonly items: readonly UploadItem[];
  readonly progress: UploadsProgress;
  /** Returns the number of uploads in these states. */
  count(...states: UploadItemState[]): number;
  /** Whether the browser stores the list. `undefined` before the first write. */
  readonly persistent: boolean | undefined;
  /** How many files are uploaded at once; `undefined` for the default. A lower number applies to files that start later. */
  atOnce: number | undefined;
  /**
   * Adds a file to the queue. If the list, in any tab, has an unfinished upload of the same file to the same name, that one is
   * resumed and returned.
   */
  add(file: File, options?: UploadItemOptions): UploadItem;
  /** Loads unfinished uploads of earlier visits and those of other tabs. Returns the former. */
  list(): Promise<UploadItem[]>;
  /** Returns the upload with this `id`, if the list has it. */
  get(id: string): UploadItem | undefined;
  /** Returns the upload of this file to this name, of this or an earlier visit or of another tab. It may be over. */
  find(file: File, name: string): UploadItem | undefined;
  /** Removes an upload from the list. If it is not done, it is cancelled. */
  remove(item: UploadItem): Promise<void>;
  /** Stops the uploads that this tab runs. Other tabs can resume them. */
  close(): Promise<void>;
  addEventListener<K extends keyof UploadsEventMap>(
    type: K,
    listener: (event: UploadsEventMap[K]) => void,
    options?: boolean | AddedListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: Listener | null,
    options?: boolean | AddedListenerOptions,
  ): void;
}
