import type {
  Abortable, CheckOptions, CredentialOptions, KeyOptions, Upload, UploadLimits, UploadOptions, UploadSource,
} from "./common.js";

export * from "./common.js";

/** A bucket that files can be uploaded to. */
export interface Bucket {
  readonly name: string;
  /**
   * Checks a file that would be uploaded, by B2's rules and by the limits of the realm, and fails as the upload would.
   * Nothing of it is sent, or read.
   */
  check(source: File, options?: CheckOptions): Promise<void>;
  check(source: Blob, options: CheckOptions & { name: string }): Promise<void>;
  /** Uploads bytes. It begins at once. */
  upload(source: File, options?: UploadOptions): Upload;
  upload(source: UploadSource, options: UploadOptions & { name: string }): Upload;
}

/** An account, as an upload page needs it. The credential must be restricted to the buckets it uploads to. */
export declare class B2 {
  /** Nothing is sent before it is needed. */
  constructor(options: CredentialOptions | KeyOptions);
  /** Authorizes at once. */
  static authorize(options: CredentialOptions | KeyOptions): Promise<B2>;
  /** A bucket. Nothing is sent before it is needed. */
  bucket(name: string): Bucket;
  /** What the realm accepts of new files: a gateway's grant says it, B2 does not. */
  uploadLimits(options?: Abortable): Promise<UploadLimits | undefined>;
  /** Deletes an unfinished large file with its parts. */
  cancelLargeFile(fileId: string, options?: Abortable): Promise<void>;
}
