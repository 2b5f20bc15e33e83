/** What kind of error a {@link B2Error} is. New kinds can come. */
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
  | "InvalidResponse" | "ForeignResponse" | "UnreadableEntry" | "UntrustedHost" | "PotentialS3Endpoint" | "Unknown" | "Source" | "Destination" | "DestinationFull"
  /** WebAssembly may not be used here. */
  | "WasmBlocked"
  /** A bug of this client. What was under way has ended; the next call works again. */
  | "Internal"
  | (string & {});

/** What went wrong: data that a caller can act on, and a message that a person can. */
export declare class B2Error extends Error {
  readonly name: "B2Error";
  readonly kind: B2ErrorKind;
  /** What happened, without the operation, the subject and the attempts that `message` names. */
  readonly detail: string;
  /** What the server itself said: B2, or the gateway, which explains what it refuses. */
  readonly serverMessage: string | undefined;
  /** B2's own code, such as `bad_bucket_id`. */
  readonly code: string | undefined;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** Whether the same might succeed later. The client has already repeated it, as long as its patience lasts. */
  readonly retryable: boolean;
  /** How often the request was sent. */
  readonly attempts: number;
  /** The B2 call that failed. */
  readonly operation: string | undefined;
  /** What it is about: a bucket, a file. */
  readonly subject: string | undefined;
}

/** Every operation can be aborted; it then fails with the signal's reason. */
export interface Abortable {
  signal?: AbortSignal | undefined;
}

/** Keeps one string between visits. */
export interface AccountStore {
  /** Where it is, for people. */
  readonly location: string;
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
  clear(): Promise<void>;
}

interface CommonOptions extends Abortable {
  /** `production` (the default), or the URL of a realm: a gateway of your own, a simulated service. */
  realm?: string;
  /** How many milliseconds calls and transfers go on without any progress. Default: ten minutes. */
  patience?: number;
  /**
   * Hosts, and domains with all hosts in them, that requests may go to besides Backblaze's and those of the realm.
   * Without them a realm of your own that names other hosts for calls, uploads or downloads fails with `UntrustedHost`.
   */
  allowHosts?: string[];
}

/** For pages: the credential of a visitor of your application, for a gateway of your own. */
export interface CredentialOptions extends CommonOptions {
  /**
   * What the gateway knows the visitor by. A function is called for each authorization, so that it can give what
   * the session is worth by then; if it fails, what needed it fails with `NoCredential` and its error as `cause`.
   */
  credential: string | (() => string | Promise<string>);
  keyId?: string;
}

/** For servers: an application key. */
export interface KeyOptions extends CommonOptions {
  keyId: string;
  key: string;
  /** Everybody who can open the page can read the key, and use it. */
  dangerouslyAllowBrowser?: boolean;
}

/** Bytes to upload. Blobs and files are never read into memory as a whole; streams are, part by part. */
export type UploadSource = Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer> | string | ReadableStream<Uint8Array>;

/** How far an upload is, in bytes of the file. */
export interface UploadProgress {
  /** Bytes whose SHA-1 is known. */
  readonly hashed: number;
  /** Bytes that were sent; some may be in the network stack, or be lost again. */
  readonly sent: number;
  /** Bytes that B2 has confirmed. */
  readonly accepted: number;
  /** `undefined` for a stream of unknown length. */
  readonly total: number | undefined;
  /** From 0 to 1, and 1 only when it is done. */
  readonly fraction: number;
}

/**
 * What an upload is about: it waits for B2 or until a failed request may be repeated, hashes before it can send, has
 * bytes on their way, has B2 make a file of its parts, is paused by you, or waits until the device is online.
 */
export type UploadState =
  | "waiting" | "hashing" | "sending" | "finishing" | "paused" | "offline"
  | "done" | "failed" | "cancelled";

/** The events of an {@link Upload}. */
export interface UploadEventMap {
  /** A large file was begun, or is gone on with. */
  started: Event & { readonly fileId: string; readonly resumed: number };
  progress: Event & UploadProgress;
  state: Event & { readonly state: UploadState };
  /** The page was hidden, or is shown again. It changes nothing, but the browser may slow a hidden page down. */
  visibility: Event & { readonly hidden: boolean };
  /**
   * A request failed, and will be repeated after `delay` milliseconds. After errors of the kinds `Offline` and
   * `Asleep` it goes on as soon as the device is online; they cost no attempt and no patience.
   */
  retry: Event & { readonly error: B2Error; readonly delay: number };
  /** What it takes to go on later. */
  checkpoint: Event & { readonly checkpoint: string };
  /** The upload goes on, but could not keep its checkpoint. */
  warning: Event & { readonly error: unknown };
}

/** Listeners for the events: options when it begins, properties afterwards. */
export type UploadListeners = {
  [K in keyof UploadEventMap as `on${K}`]?: (event: UploadEventMap[K]) => void;
};

export interface UploadOptions extends Abortable, UploadListeners {
  /** The file name at B2. Default: the name of the `File`. */
  name?: string;
  /** Default: the type of the `Blob`, or what B2 makes of the name. */
  contentType?: string | undefined;
  /** Custom metadata. */
  info?: Readonly<Record<string, string>>;
  /** How many parts travel at once. Default: 4. */
  concurrency?: number;
  /** How many bytes a part has. Default: what the realm recommends. */
  partSize?: number;
  /** Whether to go on with an unfinished upload of the same name and properties. Default: yes. */
  resume?: boolean;
  /** Reads a large file once more, before it is sent, so that its SHA-1 can be kept with it. */
  wholeSha1?: boolean;
  /** Goes on from here: the `checkpoint` of an earlier upload of the same bytes. */
  checkpoint?: string;
  /** Keeps checkpoints here, until the upload is done. */
  checkpoints?: CheckpointStore;
}

/** What a realm accepts of new files. The client refuses others before it sends a byte of them. */
export interface UploadLimits {
  /** The largest file, in bytes. */
  readonly maxBytes: number;
  /** Exact content types, all of a kind as in `image/*`, or any: an asterisk on both sides of the slash. */
  readonly contentTypes: readonly string[];
}

/** What a file that is checked would be uploaded as. */
export type CheckOptions = Abortable & Pick<UploadOptions, "name" | "contentType">;

/** An upload under way. Await it for the file version. */
export declare class Upload extends EventTarget implements PromiseLike<FileVersion> {
  private constructor();
  readonly done: Promise<FileVersion>;
  readonly progress: UploadProgress;
  readonly state: UploadState;
  readonly checkpoint: string | undefined;
  /** Sends nothing more; what B2 has confirmed stays. */
  pause(): void;
  /** Goes on after a pause. */
  resume(): void;
  /** Ends it, with `Cancelled`. Unless `discard` is set, what is at B2 can be resumed. */
  cancel(options?: { discard?: boolean }): Promise<void>;
  /** Changes how many parts travel at once. */
  setConcurrency(parts: number): void;
  then<A = FileVersion, B = never>(
    fulfilled?: ((version: FileVersion) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B>;
  catch<B = never>(rejected?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<FileVersion | B>;
  finally(settled?: (() => void) | null): Promise<FileVersion>;
  addEventListener<K extends keyof UploadEventMap>(
    type: K,
    listener: (event: UploadEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof UploadEventMap>(
    type: K,
    listener: (event: UploadEventMap[K]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}

export declare interface Upload extends UploadListeners {}

/** An upload that can be gone on with. */
export interface StoredUpload {
  /** The unfinished large file. */
  readonly id: string;
  readonly bucket: string;
  readonly name: string;
  readonly size: number;
  readonly sourceName?: string;
  readonly lastModified?: number;
  /** When it was kept, in milliseconds since 1970. */
  readonly updated: number;
  readonly checkpoint: string;
}

/** Keeps in IndexedDB how far uploads have come, for six days: no content, no URL, no token. */
export declare class CheckpointStore {
  constructor(options?: { name?: string });
  list(): Promise<StoredUpload[]>;
  put(checkpoint: string, about: { bucket: string; source?: UploadSource }): Promise<void>;
  remove(id: string): Promise<void>;
  clear(): Promise<void>;
}

/** Whether a file seems to be the one that was uploaded. Its bytes decide: they are hashed again. */
export declare function matches(entry: StoredUpload, file: File): boolean;

/** One version of one file. Times are milliseconds since 1970. */
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
