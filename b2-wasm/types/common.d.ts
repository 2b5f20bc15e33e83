import type {
  AbortSignal, Blob, Event, EventTarget, File, ReadableStream, URL, AddedListenerOptions, Listener, ListenerOptions,
} from "./platform.js";

/** The kind of a {@link B2Error}. Later versions may add kinds. */
export type B2ErrorKind =
  | "InvalidInput" | "InvalidFileName" | "InvalidFileInfo" | "MaxFileSizeExceeded"
  | "ContentTypeNotAllowed" | "UnsafePath" | "Cancelled"
  | "MissingAccountData" | "NoCredential" | "CorruptAccountInfo" | "AccountStore" | "WrongKey" | "UnsupportedKey"
  | "InvalidAuthToken" | "Unauthorized" | "EmailNotVerified" | "NoPaymentHistory" | "RestrictedBucket"
  | "RestrictedBucketMissing" | "AccessDenied" | "SseCKey" | "RetentionWrite"
  | "CapExceeded" | "StorageCapExceeded" | "TransactionCapExceeded" | "DownloadCapExceeded" | "AccountTrouble"
  | "FileNotPresent" | "NonExistentBucket" | "BucketIdNotFound" | "ResourceNotFound"
  | "DuplicateBucketName" | "TooManyBuckets" | "BucketNotEmpty" | "Conflict" | "FileAlreadyHidden"
  | "FileNotHidden" | "MissingPart" | "PartSha1Mismatch" | "CopySourceTooBig" | "DisablingFileLockNotSupported"
  | "SourceReplicationConflict" | "EnablingFileLockOnRestrictedBucket" | "MissingFileLock"
  | "EventTypeCategories" | "EventTypeOverlap" | "EventTypesEmpty" | "EventTypeInvalid"
  | "BadRequest" | "BadJson" | "UnsatisfiableRange" | "InvalidRange"
  | "TooManyRequests" | "ServiceError" | "RequestTimeout" | "UploadTokenUsedConcurrently"
  | "Connect" | "UnknownHost" | "Tls" | "ConnectionBroken" | "Timeout" | "Cors" | "PagePolicy" | "Offline" | "Asleep"
  | "ChecksumMismatch" | "TruncatedOutput" | "SourceChanged" | "FileChanged" | "WrongFile"
  | "DestinationNewer" | "EmptySource" | "IncompleteSync" | "TooManyRemovals"
  | "InvalidResponse" | "ForeignResponse" | "UnreadableEntry" | "UntrustedHost" | "PotentialS3Endpoint" | "Unknown" | "Source" | "Destination" | "DestinationFull"
  /** The page does not allow WebAssembly. */
  | "WasmBlocked"
  /** The WebAssembly module is not where it is expected, or is not the one of the scripts. The message has its URL. */
  | "WasmUnavailable"
  /** A bug of this client. All running operations have ended; the next call works again. */
  | "Internal"
  | (string & {});

/** An error: data for the program, and a message for people. */
export declare class B2Error extends Error {
  readonly name: "B2Error";
  readonly kind: B2ErrorKind;
  /** The message without the operation, the subject and the number of attempts. */
  readonly detail: string;
  /** The message of the server: of B2, or of the gateway. */
  readonly serverMessage: string | undefined;
  /** B2's error code, such as `bad_bucket_id`. */
  readonly code: string | undefined;
  /** The HTTP status code, if there was a response. */
  readonly status: number | undefined;
  /** Whether the operation may succeed later. The client has already repeated it, within `retryTimeout`. */
  readonly retryable: boolean;
  /** How many times the request was sent. */
  readonly attempts: number;
  /** The B2 call that failed. */
  readonly operation: string | undefined;
  /** The bucket or file that the error is about. */
  readonly subject: string | undefined;
}

/** An operation that can be aborted. It then fails with the signal's reason. */
export interface Abortable {
  signal?: AbortSignal | undefined;
}

/** Keeps one string between visits: an account as JSON. */
export interface AccountStore {
  /** Describes the place to people. */
  readonly location: string;
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
  clear(): Promise<void>;
}

interface CommonOptions extends Abortable {
  /** `production` (the default), or the URL of a realm: of your gateway, or of a simulated service. */
  realm?: string;
  /** For how many milliseconds failed requests are repeated without any progress. Default: ten minutes. */
  retryTimeout?: number;
  /**
   * How many requests may be sent in a second, at least 1, besides the account's limit at B2, which the client finds out: it
   * slows down when B2 refuses a request (status 429). Requests that wait do not use up `retryTimeout`. Default: no other
   * limit.
   */
  requestsPerSecond?: number;
  /**
   * Hosts, and domains with all their hosts, that requests may be sent to besides those of Backblaze and of the realm.
   * A realm that names other hosts for calls, uploads or downloads fails with `UntrustedHost`.
   */
  allowHosts?: string[];
}

/** For pages: the credential of a visitor, for your application's gateway. */
export interface CredentialOptions extends CommonOptions {
  /**
   * The credential that the gateway is given. A function is called for each authorization; if it fails, the operation fails
   * with `NoCredential`, and with the function's error as `cause`.
   */
  credential: string | (() => string | Promise<string>);
  keyId?: string;
}

/** For servers: an application key. */
export interface KeyOptions extends CommonOptions {
  keyId: string;
  key: string;
  /** Allows a key in a page. Everyone who can open the page can read and use the key. */
  dangerouslyAllowBrowser?: boolean;
}

/** Bytes that can be read once: a stream, a `Readable` of Node, or any other asynchronous iterable of chunks. */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * A file of Node or Deno: its path, a `file:` URL, or a `FileHandle` of `node:fs/promises`. Of a path the name is that of the
 * file, and the time of its last modification is recorded as `src_last_modified_millis`. The application closes a handle.
 */
export type LocalFile = LocalPath | FileHandle;
export type LocalPath = { readonly path: string | URL } | URL;

/** What is used of a `FileHandle` of `node:fs/promises`. */
export interface FileHandle {
  readonly fd: number;
  stat(): Promise<{ readonly size: number; readonly mtimeMs: number }>;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>;
}

/**
 * Bytes to upload. Blobs and files are not read into memory as a whole. Of streams, a few parts are in memory, and their uploads
 * cannot be resumed. A text is given as `{ content }`, since a string alone could be meant as a path.
 */
export type UploadSource =
  | Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer> | ByteStream | LocalFile | { readonly content: UploadSource | string };

/** The progress of an upload, in bytes of the file. */
export interface UploadProgress {
  /** Bytes whose SHA-1 is known. */
  readonly hashed: number;
  /** Bytes that were sent. Some may still be in the network stack, or be lost and sent again. */
  readonly sent: number;
  /** Bytes that B2 has confirmed. */
  readonly accepted: number;
  /** `undefined` for a stream of unknown length. */
  readonly total: number | undefined;
  /** From 0 to 1; 1 only when the upload is done. */
  readonly fraction: number;
}

/**
 * The state of an upload:
 * - `waiting`: for a response of B2, or for the next attempt.
 * - `hashing`: before bytes are sent.
 * - `sending`: bytes are sent.
 * - `copying`: B2 copies parts of files that it stores.
 * - `finishing`: B2 assembles the parts.
 * - `paused`: until `resume` is called.
 * - `offline`: until the device is online.
 * - `done`, `failed`, `cancelled`: final states.
 */
export type UploadState =
  | "waiting" | "hashing" | "sending" | "copying" | "finishing" | "paused" | "offline"
  | "done" | "failed" | "cancelled";

/** The events of an {@link Upload}. */
export interface UploadEventMap {
  /** A large file was started, or is resumed. `resumed` is the number of bytes that B2 already has. */
  started: Event & { readonly fileId: string; readonly resumed: number };
  progress: Event & UploadProgress;
  state: Event & { readonly state: UploadState };
  /** The page was hidden, or is shown again. The browser may slow a hidden page down. */
  visibility: Event & { readonly hidden: boolean };
  /**
   * A request failed, and will be repeated after `delay` milliseconds. After errors of the kinds `Offline` and
   * `Asleep` it is repeated as soon as the device is online; these do not count as attempts, nor towards `retryTimeout`.
   */
  retry: Event & { readonly error: B2Error; readonly delay: number };
  /** What is needed to resume the upload later. */
  checkpoint: Event & { readonly checkpoint: string };
  /** The checkpoint could not be stored. The upload continues. */
  warning: Event & { readonly error: unknown };
}

/** Listeners for the events: options at the start, properties afterwards. */
export type UploadListeners = {
  [K in keyof UploadEventMap as `on${K}`]?: (event: UploadEventMap[K]) => void;
};

export interface UploadOptions extends Abortable, UploadListeners {
  /** The file name at B2. Default: the name of the `File`. */
  name?: string;
  /** Default: the type of the `Blob`. If it is empty, B2 chooses the type by the name. */
  contentType?: string | undefined;
  /** The file info. */
  info?: Readonly<Record<string, string>>;
  /** How many parts are uploaded at once. Default: 4. */
  concurrency?: number;
  /** The size of a part in bytes. Default: what the realm recommends. */
  partSize?: number;
  /** Whether to resume an unfinished upload with the same name and properties. Default: `true`. */
  resume?: boolean;
  /** Reads a large file before it is sent, so that its SHA-1 is stored with it. Default: `false`. */
  wholeSha1?: boolean;
  /** The `checkpoint` of an earlier upload of the same bytes, which is resumed. */
  checkpoint?: string;
  /** Stores checkpoints until the upload is done. */
  checkpoints?: CheckpointStore;
}

/** What a realm accepts of new files. The client refuses others before it sends anything. */
export interface UploadLimits {
  /** The largest file, in bytes. */
  readonly maxBytes: number;
  /** Content types: exact ones, all of a kind as in `image/*`, or any (an asterisk on both sides of the slash). */
  readonly contentTypes: readonly string[];
}

/** The options of a check. */
export type CheckOptions = Abortable & Pick<UploadOptions, "name" | "contentType">;

/** A running upload. It can be returned from an asynchronous function, which does not wait for it. */
export declare class Upload extends EventTarget {
  private constructor();
  /** The file version, when the upload is done. A failure is not an unhandled rejection if only events are used. */
  readonly done: Promise<FileVersion>;
  readonly progress: UploadProgress;
  readonly state: UploadState;
  readonly checkpoint: string | undefined;
  /** Pauses the upload. What B2 has confirmed stays. */
  pause(): void;
  /** Resumes the upload after a pause. */
  resume(): void;
  /** Cancels the upload, which fails with `Cancelled`. Unless `discard` is set, what B2 has stored can be resumed. */
  cancel(options?: { discard?: boolean }): Promise<void>;
  /** Sets how many parts are uploaded at once. */
  setConcurrency(parts: number): void;
  addEventListener<K extends keyof UploadEventMap>(
    type: K,
    listener: (event: UploadEventMap[K]) => void,
    options?: boolean | AddedListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: Listener | null,
    options?: boolean | AddedListenerOptions,
  ): void;
  removeEventListener<K extends keyof UploadEventMap>(
    type: K,
    listener: (event: UploadEventMap[K]) => void,
    options?: boolean | ListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: Listener | null,
    options?: boolean | ListenerOptions,
  ): void;
}

export declare interface Upload extends UploadListeners {}

/** An upload that can be resumed. */
export interface StoredUpload {
  /** The ID of the unfinished large file. */
  readonly id: string;
  readonly bucket: string;
  readonly name: string;
  readonly size: number;
  readonly sourceName?: string;
  readonly lastModified?: number;
  /** When the entry was written, in milliseconds since 1970. */
  readonly updated: number;
  readonly checkpoint: string;
}

/** Keeps checkpoints of uploads in IndexedDB for six days. They contain names of files, but no content, URL or token. */
export declare class CheckpointStore {
  constructor(options?: { name?: string });
  list(): Promise<StoredUpload[]>;
  put(checkpoint: string, about: { bucket: string; source?: UploadSource }): Promise<void>;
  remove(id: string): Promise<void>;
  clear(): Promise<void>;
}

/** Returns whether a file seems to be the one that was uploaded. Its bytes are hashed again before they are used. */
export declare function matches(entry: StoredUpload, file: File): boolean;

/** A version of a file. Times are in milliseconds since 1970. */
export interface FileVersion {
  readonly accountId: string;
  readonly bucketId: string;
  readonly fileId: string | null;
  readonly fileName: string;
  readonly action: "start" | "upload" | "copy" | "hide" | "folder" | "delete" | (string & {});
  readonly size: number;
  readonly contentType?: string;
  readonly contentSha1?: string;
  readonly contentMd5?: string;
  readonly fileInfo: Readonly<Record<string, string>>;
  readonly uploadTimestamp?: number;
  readonly serverSideEncryption: { readonly mode: string | null; readonly algorithm?: string };
  readonly fileRetention: { readonly mode: string | null; readonly retainUntilTimestamp?: number | null };
  readonly legalHold: string | null;
  readonly replicationStatus: string | null;
}
