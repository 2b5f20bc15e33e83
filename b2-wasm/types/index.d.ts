import type {
  Abortable, AccountStore, CheckOptions, CredentialOptions, FileHandle, FileVersion, KeyOptions, LocalPath, Upload, UploadLimits,
  UploadOptions, UploadListeners, UploadSource,
} from "./common.js";
import type { AbortSignal, Blob, File, FileSystemFileHandle, ReadableStream, WritableStream } from "./platform.js";

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
  /**
   * Whether the SHA-1 of all bytes was compared with that of the file; `undefined` before the end. It is `false` for ranges, and for
   * large files without `large_file_sha1`: see `wholeSha1` of uploads.
   */
  readonly verified: boolean | undefined;
  /** The bytes as they are received. The stream fails at its end if their SHA-1 is wrong. */
  stream(): ReadableStream<Uint8Array>;
  blob(): Promise<Blob>;
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
  /**
   * Saves the bytes, several ranges at once (default: 4). Resolves when all are written and their SHA-1 is right. If it fails, the
   * file of a `FileSystemFileHandle` is unchanged or empty, that at a path is unchanged, and a stream is aborted.
   */
  saveTo(destination: SaveDestination, options?: Abortable & { concurrency?: number }): Promise<DownloadVersion>;
}

/**
 * The server-side encryption of a file: with a key that B2 manages (SSE-B2), or with a key of 32 bytes that B2 does not keep
 * (SSE-C), which is needed again for each download and copy. The `keyId` names the key: new files have it in their file info.
 */
export type Encryption =
  | { readonly mode: "none"; readonly algorithm?: string }
  | { readonly mode: "SSE-B2"; readonly algorithm?: string }
  | { readonly mode: "SSE-C"; readonly key: ArrayBuffer | ArrayBufferView | string; readonly keyId?: string };

/** Until when a file version cannot be deleted. In governance mode, a key with `bypassGovernance` can end it earlier. */
export type FileRetention =
  | { readonly mode: "governance" | "compliance"; readonly retainUntilTimestamp: number | Date }
  | { readonly mode: null };

/** The lock of new files, in buckets that have it enabled. */
export interface LockOptions {
  /** Default: that of the bucket. */
  fileRetention?: FileRetention;
  /** Whether the file version cannot be deleted until the hold is turned off. */
  legalHold?: "on" | "off";
}

/** The encryption and the lock of new files. */
export interface ProtectionOptions extends LockOptions {
  /** Default: that of the bucket. */
  encryption?: Encryption;
}

/** The options of an upload. */
export interface FullUploadOptions extends UploadOptions, ProtectionOptions {}

export interface DownloadOptions extends Abortable {
  /** The first byte, and the byte after the last. */
  range?: readonly [start: number, end: number];
  /**
   * How many ranges of the stream are requested at once. The bytes come in their order, and at most 4 MiB for each are held in
   * memory. Default: 1, which is one request for all.
   */
  concurrency?: number;
  /** The key of a file that is encrypted with SSE-C. */
  encryption?: Encryption;
}

/** A stream of Node that can be written to. */
export interface NodeWritable {
  write(chunk: Uint8Array): boolean;
  once(event: string, listener: () => void): unknown;
}

/**
 * Where a download is saved to. Streams and a `FileHandle` of Node get the bytes in their order. A `FileSystemFileHandle` and a
 * path take ranges in any order. At a path, in Node and Deno, the file appears when it is complete; until then a temporary file
 * beside it has the bytes, and a file that was there before stays. After a failure, the temporary file is removed.
 */
export type SaveDestination =
  | FileSystemFileHandle | WritableStream<Uint8Array> | string | LocalPath | FileHandle | NodeWritable;

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
  /** The encryption of new files whose upload names none. */
  defaultServerSideEncryption?: { readonly mode: "none" | "SSE-B2" };
  /** Whether files can be locked. It cannot be disabled again. */
  fileLockEnabled?: boolean;
}

/** The retention of new files whose upload names none. */
export type BucketRetention =
  | { readonly mode: "governance" | "compliance"; readonly period: { readonly duration: number; readonly unit: "days" | "years" } }
  | { readonly mode: null };

export interface BucketState {
  readonly accountId: string;
  readonly bucketId: string;
  readonly bucketName: string;
  readonly bucketType: "allPublic" | "allPrivate" | (string & {});
  readonly bucketInfo: Readonly<Record<string, string>>;
  readonly corsRules: readonly CorsRule[];
  readonly lifecycleRules: readonly LifecycleRule[];
  /** `null` if the key may not read it. */
  readonly defaultServerSideEncryption: { readonly mode: string | null; readonly algorithm?: string } | null;
  /** `null` if the key may not read it. */
  readonly fileLock: {
    readonly enabled: boolean;
    readonly defaultRetention: {
      readonly mode: string | null;
      readonly period?: { readonly duration: number; readonly unit: string };
    };
  } | null;
  readonly revision: number;
}

/** What a notification rule is about. An asterisk stands for all events of a group. */
export type EventType =
  | "b2:ObjectCreated:*" | "b2:ObjectCreated:Upload" | "b2:ObjectCreated:MultipartUpload" | "b2:ObjectCreated:Copy"
  | "b2:ObjectCreated:Replica" | "b2:ObjectCreated:MultipartReplica"
  | "b2:ObjectDeleted:*" | "b2:ObjectDeleted:Delete" | "b2:ObjectDeleted:LifecycleRule"
  | "b2:HideMarkerCreated:*" | "b2:HideMarkerCreated:Hide" | "b2:HideMarkerCreated:LifecycleRule"
  | (string & {});

/** The receiver of the messages of a rule. */
export interface NotificationTarget {
  targetType: "webhook";
  /** An `https` URL. */
  url: string;
  customHeaders?: { name: string; value: string }[] | null;
  /** 32 letters and digits, with which B2 signs its messages. */
  hmacSha256SigningSecret?: string | null;
}

/** An event notification rule of a bucket. */
export interface NotificationRule {
  /** Unique in the bucket. */
  name: string;
  eventTypes: EventType[];
  targetConfiguration: NotificationTarget;
  /** Default: `true`. */
  isEnabled?: boolean;
  /** The start of the names that the rule is about. Default: all names. */
  objectNamePrefix?: string;
  /** From 1 to 50. Default: 1. */
  maxEventsPerBatch?: number | null;
  /** Whether B2 has suspended the rule. Only B2 sets it. */
  readonly isSuspended?: boolean;
  readonly suspensionReason?: string;
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
  /** Of a piece that is encrypted with SSE-C. A copy has `sourceEncryption` instead. */
  encryption?: Encryption;
}

/** What is copied: the ID of a file version, or a range of one. */
export type CopySource = string | RemoteRange;

/** Bytes that can be read more than once. A string is given as `{ content }`, since a string alone is a file ID. */
export type LocalBytes = Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer> | LocalPath;

/** A piece of a new file: bytes, or a range of a file in B2, which is copied there. */
export type Piece = CopySource | LocalBytes | { content: LocalBytes | string };

/** A piece with an offset in the new file. Without `at` it follows the piece before. */
export type PieceAt = Piece | (RemoteRange & { at?: number }) | { content: LocalBytes | string; at?: number };

/** The options of a copy. */
export interface CopyOptions extends Abortable, UploadListeners, ProtectionOptions,
  Pick<UploadOptions, "concurrency" | "resume" | "checkpoint" | "checkpoints"> {
  /** Default: the type of the source. If it is set, `info` must be set too. */
  contentType?: string;
  /** The file info. Default: that of the source. If it is set, `contentType` must be set too. */
  info?: Readonly<Record<string, string>>;
  /** The size of the largest part in bytes: more is copied in parts. At least twice the smallest part. Default: 5 GB. */
  maxPartSize?: number;
  /** The key of a source that is encrypted with SSE-C. */
  sourceEncryption?: Encryption;
}

/** The options of a move. */
export interface MoveOptions extends Abortable, UploadListeners, ProtectionOptions,
  Pick<CopyOptions, "concurrency" | "resume" | "checkpoint" | "checkpoints" | "maxPartSize" | "sourceEncryption"> {
  /**
   * Hides the name of the source after the copy was verified; the source must be the newest version of its name. By default
   * the version is deleted, and an older one of the name shows again.
   */
  hide?: boolean;
  /** Deletes the source even under governance retention. */
  bypassGovernance?: boolean;
}

/** The options of a file of pieces. `wholeSha1` needs pieces of local bytes only. */
export type CreateFileOptions = Omit<FullUploadOptions, "name">;

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
  upload(source: File | LocalPath, options?: FullUploadOptions): Upload;
  upload(source: UploadSource, options: FullUploadOptions & { name: string }): Upload;
  /**
   * Copies a file within B2, or a range of it. Up to 5 GB are copied at once, more in parts. The content type and the file
   * info are those of the source, unless both are set. B2 does not change those of a file version: a copy to the same name, with
   * both set, is a new version with others.
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
  getFileInfo(name: string, options?: Abortable & { encryption?: Encryption }): Promise<DownloadVersion>;
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
  /** Returns the event notification rules. */
  getNotificationRules(options?: Abortable): Promise<NotificationRule[]>;
  /** Replaces all event notification rules, and returns the new ones. */
  setNotificationRules(rules: readonly NotificationRule[], options?: Abortable): Promise<NotificationRule[]>;
  /** Returns the current settings of the bucket. */
  state(options?: Abortable): Promise<BucketState>;
  update(
    settings: BucketSettings
      & { bucketType?: "allPublic" | "allPrivate"; defaultRetention?: BucketRetention; ifRevisionIs?: number },
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
    options?: Abortable & BucketSettings & { public?: boolean },
  ): Promise<BucketState>;
  getFileInfo(fileId: string, options?: Abortable): Promise<FileVersion>;
  deleteFileVersion(
    name: string,
    fileId: string,
    options?: Abortable & { bypassGovernance?: boolean },
  ): Promise<FileIdAndName>;
  /** Changes the retention of a file version, and returns the new one. `{ mode: null }` ends it. */
  updateFileRetention(
    name: string,
    fileId: string,
    retention: FileRetention,
    options?: Abortable & { bypassGovernance?: boolean },
  ): Promise<{ readonly mode: string | null; readonly retainUntilTimestamp?: number | null }>;
  /** Turns the legal hold of a file version on or off. */
  updateFileLegalHold(name: string, fileId: string, legalHold: "on" | "off", options?: Abortable): Promise<void>;
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
