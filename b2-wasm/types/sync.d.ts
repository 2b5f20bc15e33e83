import type { Abortable, B2Error } from "./common.js";
import type { B2 as Client, B2Options, Bucket, ListFilter } from "./index.js";
import type {
  Blob, DataTransfer, DataTransferItem, DataTransferItemList, Event, EventTarget, File, FileList,
  FileSystemDirectoryHandle, AddedListenerOptions, Listener,
} from "./platform.js";

export * from "./index.js";

/** An entry of a folder: a file, or one that is left out and reported. */
export type FolderEntry =
  | { name: string; size: number; modified: number }
  | { name: string; skipped: "symlink" | "special" | "denied" | "unreadable"; message?: string };

/** A file that is being downloaded. It is not visible under its name before `close`. */
export interface FileWriter {
  /** Whether bytes may be written in any order, and be read back. */
  readonly readsBack?: boolean;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Returns at most `max` of the bytes from `offset` on, at least one. Only with `readsBack`. */
  read?(offset: number, max: number): Promise<Uint8Array>;
  /** Gives the file its name, and its time of modification in milliseconds since 1970. */
  close(modified?: number): Promise<void>;
  /** Removes what was written. */
  abort(): Promise<void>;
}

/**
 * A folder that is one side of a synchronization. Those of `folderOf` and `folderAt` are, and you can write one of your own.
 * Names are relative to the folder, with `/` between folders.
 */
export interface LocalFolder {
  /**
   * Yields pages of the files in all folders, in the order of the UTF-8 bytes of their names; a folder is sorted as its name with a
   * `/` at the end. `wants` says whether a file, or with a `/` at its end a folder, is looked at; others can be left out. If the
   * folder does not exist, an error with the `code` `ENOENT` says so; `create` creates a destination that does not exist.
   */
  entries(wants: (name: string) => boolean): AsyncIterator<FolderEntry[]>;
  /** Returns the bytes of a file, with the time of its modification in milliseconds since 1970. A `File` has it. */
  open(name: string): Promise<Blob & { readonly lastModified: number }>;
  /** Creates a file, and missing folders, or replaces one. A folder without this method can only be a source. */
  create?(name: string, size: number): Promise<FileWriter>;
  /** Creates a folder, and missing ones above it. It is no error if it exists. Used with `compare: "always"` only. */
  createFolder?(name: string): Promise<void>;
  /** Removes a file. It is no error if there is none. */
  remove?(name: string): Promise<void>;
  /** `false` if the time of modification cannot be set, as in pages. Then files cannot be compared by time in a destination. */
  readonly keepsTimes?: boolean;
}

/**
 * Returns the folder of a handle (of `showDirectoryPicker()` or `navigator.storage.getDirectory()`), which can also be a
 * destination; or of the items of a drop, or of the files of an `<input type="file" webkitdirectory>`, which can only be read.
 *
 * Call it in the handler of the drop: afterwards, the items are gone. If one folder is dropped, the names are relative to it.
 * Files that a browser writes before it replaces another one (`.crswap`) are left out.
 */
export declare function folderOf(
  source: FileSystemDirectoryHandle | DataTransfer | DataTransferItemList | Iterable<DataTransferItem> | Iterable<File> | FileList,
): LocalFolder;

/**
 * Returns the folder at a path, in Node and Deno. Links are not followed; they are reported as skipped. Downloads are written to
 * a temporary file, which is renamed when it is complete. Deno reads a file into memory while it uploads it.
 */
export declare function folderAt(path: string): LocalFolder;

/** One side of a synchronization: a folder of a bucket (without `prefix`, the whole bucket), or a local folder. */
export type SyncSide = { bucket: string | Bucket; prefix?: string } | LocalFolder;

/** The counts of a synchronization. */
export interface SyncReport {
  readonly sourceFiles: number;
  readonly destinationFiles: number;
  /** The number of names that were compared. */
  readonly compared: number;
  /** Whether both sides were scanned to their end. */
  readonly scanned: boolean;
  /** The number of files to transfer that were found so far, and of their bytes. */
  readonly toTransfer: number;
  readonly bytesToTransfer: number;
  readonly transferred: number;
  /** Including the bytes of unfinished files. */
  readonly bytesTransferred: number;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly copied: number;
  readonly renamed: number;
  readonly hidden: number;
  /** The number of versions, and of local files, that were deleted. */
  readonly deleted: number;
  readonly toRemove: number;
  /** The number of removals that were not done, since a scan or a transfer failed, or there were too many. */
  readonly removalsDropped: number;
  readonly skipped: number;
  readonly failed: number;
}

export type SyncState = "running" | "paused" | "done" | "failed" | "cancelled";

/** The events of a {@link Synchronization}. Names are relative to the sides. In a dry run they say what would be done. */
export interface SyncEventMap {
  progress: Event & SyncReport;
  state: Event & { readonly state: SyncState };
  transferred: Event & { readonly name: string; readonly action: "upload" | "download" | "copy" | "rename"; readonly size: number };
  removed: Event & { readonly name: string } & (
    | { readonly action: "hide" | "deleteLocal" }
    | { readonly action: "deleteVersion"; readonly fileId: string; readonly note: "current" | "oldVersion" | "hideMarker" });
  /** What was decided for a name, and why. Only with the option `explain`. */
  explained: Event & { readonly name: string; readonly transfer: boolean; readonly reason: string };
  /** A local entry was left out: a link, a name that B2 does not take, a file that cannot be read. */
  skipped: Event & { readonly name: string; readonly reason: string };
  /** A file failed, and the others go on. Without a name: the scan of a bucket. */
  failed: Event & { readonly name: string; readonly error: B2Error };
  /** Nothing is removed from the destination. The error says why. */
  dropped: Event & { readonly error: B2Error };
  /** A request failed, and will be repeated after `delay` milliseconds. */
  retry: Event & { readonly error: B2Error; readonly delay: number };
}

/** Listeners for the events: options at the start, properties afterwards. */
export type SyncListeners = {
  [K in keyof SyncEventMap as `on${K}`]?: (event: SyncEventMap[K]) => void;
};

/** The options of a synchronization. An option that does not apply is refused. */
export interface SyncOptions extends Abortable, SyncListeners {
  /**
   * How two files of the same name are compared. Default: `"modTime"`, the time of the last modification, and if it is equal the size.
   * `"sha1"`: by size and SHA-1; large files whose SHA-1 is not stored are compared by time. `"none"`: a file that exists is not
   * transferred. `"always"`: every file is transferred, and the destination is not read. In a download, an empty file whose
   * name ends in a slash then creates a folder.
   */
  compare?: "modTime" | "size" | "sha1" | "none" | "always";
  /** Times that differ by at most this number of milliseconds, or sizes by this number of bytes, are equal. Default: 0. */
  compareThreshold?: number;
  /** What happens if the file in the destination is newer. Default: `"fail"`, of this file; the others go on. */
  newerFiles?: "fail" | "skip" | "replace";
  /** Deletes files that the source does not have from the destination, and old versions. Default: `false`. */
  delete?: boolean;
  /** Hides files that the source does not have, and deletes versions that have not been current for this number of days. */
  keepDays?: number;
  /** Hides files that the source does not have, and keeps this number of versions of each file. */
  keepNewest?: number;
  /** The largest number of files to remove, or a percentage; if there are more, none is removed. Default: `"50%"`. */
  maxDelete?: number | `${number}%`;
  /** Which names are looked at, on both sides. The last filter that matches decides. */
  filters?: readonly ListFilter[];
  /**
   * Synchronizes only these files, whose names are relative to the sides. No bucket is listed, and of a local folder only the
   * folders of these files are read. A name that the source does not have fails alone. Nothing can be removed then.
   */
  filesFrom?: readonly string[];
  /** Looks each file up in the destination bucket, instead of listing it: for few files. Nothing can be removed then. */
  noTraverse?: boolean;
  /** Reports what was decided for each name, and why, as `explained` events. */
  explain?: boolean;
  /** Changes nothing, and reports what would be done. */
  dryRun?: boolean;
  /** How many files are worked on at once. Default: 10. */
  concurrency?: number;
  /** Accepts a source without any file. Default: `false`. */
  allowEmptySource?: boolean;
}

/**
 * A running synchronization. A file that fails is an event and counted in the report; the others go on. A second run does what
 * is missing.
 */
export declare class Synchronization extends EventTarget {
  private constructor();
  /** The report, when the synchronization is done. */
  readonly done: Promise<SyncReport>;
  /** The counts so far. */
  readonly progress: SyncReport | undefined;
  readonly state: SyncState;
  /** Starts no further file, and pauses those under way. */
  pause(): void;
  resume(): void;
  /** Cancels it, which fails with `Cancelled`. Unless `discard` is set, what B2 has stored of unfinished files can be resumed. */
  cancel(options?: { discard?: boolean }): Promise<void>;
  /** Sets how many files are worked on at once. */
  setConcurrency(files: number): void;
  addEventListener<K extends keyof SyncEventMap>(
    type: K,
    listener: (event: SyncEventMap[K]) => void,
    options?: boolean | AddedListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: Listener | null,
    options?: boolean | AddedListenerOptions,
  ): void;
}

export declare interface Synchronization extends SyncListeners {}

/** A client of an account at B2, with synchronization. */
export declare class B2 extends Client {
  static authorize(options: B2Options): Promise<B2>;
  /**
   * Makes the destination like the source. One of them is in a bucket, or both are: then files are copied within B2. By default
   * nothing is removed, and a file of the destination that is newer fails.
   */
  sync(source: SyncSide, destination: SyncSide, options?: SyncOptions): Synchronization;
}
