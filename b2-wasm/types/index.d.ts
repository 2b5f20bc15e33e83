import type {
  Abortable, AccountStore, CheckOptions, CredentialOptions, FileVersion, KeyOptions, Upload, UploadLimits, UploadOptions,
  UploadListeners, UploadSource,
} from "./common.js";

export * from "./common.js";

/**
 * Keeps an account in IndexedDB. Where IndexedDB cannot be used, as in some private windows, it keeps the account in memory
 * and calls `onwarning`. The account contains the key or credential.
 */
export declare class IndexedDbStore implements AccountStore {
  /** `name` is the name of the database. Default: `b2-account`. */
  constructor(options?: { name?: string; onwarning?: (error: unknown) => void });
  readonly location: string;
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
  clear(): Promise<void>;
}

/**
 * Caches the names of buckets in IndexedDB, for all visits and tabs. Where IndexedDB cannot be used, it keeps the names in
 * memory and calls `onwarning`.
 */
export declare class IndexedDbCache {
  /** `name` is the name of the database. Default: `b2-buckets`. */
  constructor(options?: { name?: string; onwarning?: (error: unknown) => void });
  /** Removes all names. */
  clear(): Promise<void>;
}

/** Keeps an account in memory. */
export declare class MemoryStore implements AccountStore {
  readonly location: string;
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
  clear(): Promise<void>;
}

/** Where a {@link B2} keeps what it knows. */
export interface StoreOptions {
  /** Keeps the account: its key or credential, and its authorization. By default it is kept in memory. */
  store?: AccountStore;
  /**
   * Caches the names of buckets, so that they are not requested again after a reload or in another tab. By default they are
   * kept with the account. Use one cache for each account.
   */
  cache?: IndexedDbCache;
}

/** The options of {@link B2}. */
export type B2Options =
  | (CredentialOptions & StoreOptions)
  | (KeyOptions & StoreOptions)
  /** The account that the store keeps. */
  | (StoreOptions & { store: AccountStore; retryTimeout?: number; requestsPerSecond?: number; signal?: AbortSignal });

/** A listing: iterates over entries or over pages. */
export interface Listing<T> extends AsyncIterable<T> {
  pages(): AsyncGenerator<T[], void, undefined>;
  all(): Promise<T[]>;
}

/** A folder in a listing that is not recursive. Its name ends with a slash. */
export interface Folder {
  readonly folder: string;
}

export interface ListOptions extends Abortable {
  /** A file, or a folder with or without a slash at the end. Default: the whole bucket. */
  path?: string;
  /** Instead of a path: the start of the names. `2024/ja` finds the folder `2024/january/`. */
  prefix?: string;
  /**
   * Whether the path is a pattern of the full names of files, which are listed without folders: `*` is any number of
   * characters, `?` one, `[a-z]` and `[!a-z]` one of a set or not of it. All of them match slashes too.
   */
  withWildcard?: boolean;
  /** Filters of full names. The last that matches decides. If all are of the kind `include`, other names are left out. */
  filters?: Iterable<ListFilter>;
}

/** Lists the files whose full names match a pattern, or leaves them out. */
export type ListFilter = { include: string; exclude?: undefined } | { exclude: string; include?: undefined };

/** The file version by the headers of a download. A page sees the headers that the bucket's CORS rules expose. */
export interface DownloadVersion {
  readonly fileId: string | null;
  readonly fileName: string | null;
  /** The size of the whole file in bytes. */
  readonly size: number;
  readonly contentType?: string;
  readonly contentSha1?: string;
  readonly fileInfo: Readonly<Record<string, string>>;
  readonly uploadTimestamp?: number;
}

/** A download whose head was received. Its bytes can be read once. */
export interface Download {
  readonly version: DownloadVersion;
  readonly progress: { readonly received: number; readonly total: number };
  /** The bytes as they are received. The stream fails at its end if their SHA-1 is wrong. */
  stream(): ReadableStream<Uint8Array>;
  blob(): Promise<Blob>;
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
  /**
   * Writes the bytes to a file that the visitor chose, several ranges at once. Resolves when all are written and their
   * SHA-1 is right. If it fails, the file is unchanged or empty.
   */
  saveTo(handle: FileSystemFileHandle, options?: Abortable & { concurrency?: number }): Promise<DownloadVersion>;
}

export interface DownloadOptions extends Abortable {
  /** The first byte, and the byte after the last. */
  range?: readonly [start: number, end: number];
}

export interface CorsRule {
  corsRuleName: string;
  allowedOrigins: string[];
  allowedOperations: string[];
  allowedHeaders?: string[];
  exposeHeaders?: string[];
  maxAgeSeconds: number;
}

export interface LifecycleRule {
  fileNamePrefix: string;
  daysFromUploadingToHiding?: number | null;
  daysFromHidingToDeleting?: number | null;
  daysFromStartingToCancelingUnfinishedLargeFiles?: number | null;
}

export interface BucketSettings {
  bucketInfo?: Record<string, string>;
  corsRules?: CorsRule[];
  lifecycleRules?: LifecycleRule[];
}

export interface BucketState {
  readonly accountId: string;
  readonly bucketId: string;
  readonly bucketName: string;
  readonly bucketType: "allPublic" | "allPrivate" | (string & {});
  readonly bucketInfo: Readonly<Record<string, string>>;
  readonly corsRules: readonly CorsRule[];
  readonly lifecycleRules: readonly LifecycleRule[];
  readonly revision: number;
}

export interface UnfinishedLargeFile {
  readonly fileId: string;
  readonly fileName: string;
  readonly contentType: string | null;
  readonly fileInfo: Readonly<Record<string, string>>;
  readonly uploadTimestamp: number | null;
}

export interface Part {
  readonly partNumber: number;
  readonly contentLength: number;
  readonly contentSha1: string;
}

export interface FileIdAndName {
  readonly fileId: string;
  readonly fileName: string;
}

export interface ApplicationKey {
  readonly applicationKeyId: string;
  readonly keyName: string;
  readonly capabilities: readonly string[];
}

export interface KeySettings {
  capabilities: string[];
  /** The lifetime in seconds. Default: unlimited. */
  validSeconds?: number;
  bucketIds?: string[];
  namePrefix?: string;
}

/** A file in B2, or a range of it. */
export interface RemoteRange {
  /** The ID of a file version, in any bucket of the account. */
  fileId: string;
  /** The first byte. Default: 0. */
  offset?: number;
  /** The number of bytes. Default: all from the offset on. */
  length?: number;
}

/** What is copied: the ID of a file version, or a range of one. */
export type CopySource = string | RemoteRange;

/** Bytes that can be read more than once. A string is given as `{ content }`, since a string alone is a file ID. */
export type LocalBytes = Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** A piece of a new file: bytes, or a range of a file in B2, which is copied there. */
export type Piece = CopySource | LocalBytes | { content: LocalBytes | string };

/** A piece with an offset in the new file. Without `at` it follows the piece before. */
export type PieceAt = Piece | (RemoteRange & { at?: number }) | { content: LocalBytes | string; at?: number };

/** The options of a copy. */
export interface CopyOptions extends Abortable, UploadListeners,
  Pick<UploadOptions, "concurrency" | "resume" | "checkpoint" | "checkpoints"> {
  /** Default: the type of the source. If it is set, `info` must be set too. */
  contentType?: string;
  /** The file info. Default: that of the source. If it is set, `contentType` must be set too. */
  info?: Readonly<Record<string, string>>;
  /** The size of the largest part in bytes: more is copied in parts. At least twice the smallest part. Default: 5 GB. */
  maxPartSize?: number;
}

/** The options of a move. */
export interface MoveOptions extends Abortable, UploadListeners,
  Pick<CopyOptions, "concurrency" | "resume" | "checkpoint" | "checkpoints" | "maxPartSize"> {
  /**
   * Hides the name of the source after the copy was verified; the source must be the newest version of its name. By default
   * the version is deleted, and an older one of the name shows again.
   */
  hide?: boolean;
  /** Deletes the source even under governance retention. */
  bypassGovernance?: boolean;
}

/** The options of a file of pieces. `wholeSha1` needs pieces of local bytes only. */
export type CreateFileOptions = Omit<UploadOptions, "name">;

/** A bucket. */
export interface Bucket {
  readonly name: string;
  /**
   * Checks a file by B2's rules and by the limits of the realm, and fails as the upload would. Neither sends nor reads the
   * file.
   */
  check(source: File, options?: CheckOptions): Promise<void>;
  check(source: Blob, options: CheckOptions & { name: string }): Promise<void>;
  /** Starts an upload. */
  upload(source: File, options?: UploadOptions): Upload;
  upload(source: UploadSource, options: UploadOptions & { name: string }): Upload;
  /**
   * Copies a file within B2, or a range of it. Up to 5 GB are copied at once, more in parts. The content type and the file
   * info are those of the source, unless both are set.
   */
  copy(source: CopySource, name: string, options?: CopyOptions): Upload;
  /**
   * Moves a file version of any bucket of the account to a name in this bucket: copies it within B2, compares size and SHA-1 of
   * the copy with the source, and then deletes or hides the source. A move that was interrupted is repeated: a verified copy is
   * not made again. The key needs `deleteFiles`, or `listFiles` with `hide`.
   */
  moveFile(source: string | { readonly fileId: string | null }, name: string, options?: MoveOptions): Upload;
  /** Creates a file of pieces that follow each other. */
  concatenate(pieces: Iterable<Piece>, name: string, options?: CreateFileOptions): Upload;
  /**
   * Creates a file of pieces, each at its offset or after the one before. Ranges of files in B2 are copied there; those
   * smaller than the smallest part are downloaded and uploaded again, which needs a key that may read files; in pages, and
   * behind a gateway, such ranges are refused before anything is sent. Where pieces overlap, a copy is preferred. The content
   * type and the file info are set here, and not taken from the pieces.
   */
  createFile(pieces: Iterable<PieceAt>, name: string, options?: CreateFileOptions): Upload;
  /** Lists files and folders directly below a path, or with `recursive` all files below it. */
  ls(options: ListOptions & { recursive: true; versions?: boolean }): Listing<FileVersion>;
  ls(options: ListOptions & { withWildcard: true; recursive?: boolean; versions?: boolean }): Listing<FileVersion>;
  ls(options?: ListOptions & { recursive?: boolean; versions?: boolean }): Listing<FileVersion | Folder>;
  /** Lists all versions of this name, the newest first. */
  listFileVersions(name: string, options?: Abortable): Listing<FileVersion>;
  listUnfinishedLargeFiles(options?: Abortable & { prefix?: string }): Listing<UnfinishedLargeFile>;
  /** Starts a download. Resolves when its head was received; bytes are fetched as they are read. */
  download(name: string, options?: DownloadOptions): Promise<Download>;
  /** Describes the current version of a name. */
  getFileInfo(name: string, options?: Abortable): Promise<DownloadVersion>;
  hide(name: string, options?: Abortable): Promise<FileVersion>;
  /**
   * Deletes the hide marker of a file. With `bypassGovernance`, governance mode does not protect the marker; the key needs
   * the capability of that name.
   */
  unhide(name: string, options?: Abortable & { bypassGovernance?: boolean }): Promise<FileIdAndName>;
  /**
   * Returns the URL of the current version of a name. It can be used for public buckets; with `expiresIn`, it also allows
   * downloads from a private bucket for that many seconds, at most a week.
   */
  getDownloadUrl(name: string, options?: Abortable & { expiresIn?: number }): Promise<string>;
  /** Returns a token for downloads of files whose names start with `prefix`, valid for this number of seconds. */
  getDownloadAuthorization(prefix: string, seconds: number, options?: Abortable): Promise<string>;
  /** Returns the current settings of the bucket. */
  state(options?: Abortable): Promise<BucketState>;
  update(
    settings: BucketSettings & { bucketType?: "allPublic" | "allPrivate"; ifRevisionIs?: number },
    options?: Abortable,
  ): Promise<BucketState>;
  delete(options?: Abortable): Promise<void>;
}

/** A client of an account at B2. */
export declare class B2 {
  /** Creates a client. Sends nothing before it is needed. */
  constructor(options: B2Options);
  /** Creates a client and authorizes the account. */
  static authorize(options: B2Options): Promise<B2>;
  /** Returns a bucket. Sends nothing before it is needed. */
  bucket(name: string): Bucket;
  /** What the account may do, such as `deleteFiles`; at a gateway what the grant allows, with `copyFiles` for copies. */
  capabilities(options?: Abortable): Promise<string[]>;
  listBuckets(options?: Abortable): Promise<BucketState[]>;
  createBucket(
    name: string,
    options?: Abortable & BucketSettings & { public?: boolean; fileLockEnabled?: boolean },
  ): Promise<BucketState>;
  getFileInfo(fileId: string, options?: Abortable): Promise<FileVersion>;
  deleteFileVersion(
    name: string,
    fileId: string,
    options?: Abortable & { bypassGovernance?: boolean },
  ): Promise<FileIdAndName>;
  /** Starts a download by file ID. Fails if the account may download by name only, as in a page. */
  downloadById(fileId: string, options?: DownloadOptions): Promise<Download>;
  listParts(fileId: string, options?: Abortable): Listing<Part>;
  /** Returns what the realm accepts of new files. Gateways have such limits, B2 does not. */
  uploadLimits(options?: Abortable): Promise<UploadLimits | undefined>;
  /** Deletes an unfinished large file with its parts. */
  cancelLargeFile(fileId: string, options?: Abortable): Promise<void>;
  createKey(name: string, options: Abortable & KeySettings): Promise<ApplicationKey & { applicationKey: string }>;
  listKeys(options?: Abortable): Listing<ApplicationKey>;
  deleteKey(id: string, options?: Abortable): Promise<ApplicationKey>;
}
