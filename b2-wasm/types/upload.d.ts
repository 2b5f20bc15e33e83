import type {
  Abortable, CheckOptions, CredentialOptions, KeyOptions, LocalPath, Upload, UploadLimits, UploadOptions, UploadSource,
} from "./common.js";
import type { Blob, File } from "./platform.js";

export * from "./common.js";

/** A bucket that files can be uploaded to. */
export interface Bucket {
  readonly name: string;
  /**
   * Checks a file by B2's rules and by the limits of the realm, and fails as the upload would. Neither sends nor reads the
   * file.
   */
  check(source: File, options?: CheckOptions): Promise<void>;
  check(source: Blob, options: CheckOptions & { name: string }): Promise<void>;
  /** Starts an upload. */
  upload(source: File | LocalPath, options?: UploadOptions): Upload;
  upload(source: UploadSource, options: UploadOptions & { name: string }): Upload;
}

/** A client for upload pages. The credential must be restricted to the buckets that it uploads to. */
export declare class B2 {
  /** Creates a client. Sends nothing before it is needed. */
  constructor(options: CredentialOptions | KeyOptions);
  /** Creates a client and authorizes the account. */
  static authorize(options: CredentialOptions | KeyOptions): Promise<B2>;
  /** Returns a bucket. Sends nothing before it is needed. */
  bucket(name: string): Bucket;
  /** Returns what the realm accepts of new files. Gateways have such limits, B2 does not. */
  uploadLimits(options?: Abortable): Promise<UploadLimits | undefined>;
  /** Deletes an unfinished large file with its parts. */
  cancelLargeFile(fileId: string, options?: Abortable): Promise<void>;
}
