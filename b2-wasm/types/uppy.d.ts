import type { Body, Meta, PluginOpts, Uppy, UppyFile } from "@uppy/core";
import { BasePlugin } from "@uppy/core";
import type { CredentialOptions, FileVersion, UploadOptions } from "./common.js";
import type { UploadsAccount } from "./uploads.js";

/** A value, or a function of the file. */
export type OfFile<T, M extends Meta, B extends Body> = T | ((file: UppyFile<M, B>) => T | Promise<T>);

/** An encryption with a key that B2 manages, or none. Uploads with other keys cannot be stored in the browser. */
export type ManagedEncryption = { readonly mode: "SSE-B2" | "none" };

/** The options of one file: `uppy.setFileState(id, { b2: { name: "a.txt" } })`. They replace those of the plugin. */
export interface B2FileOptions
  extends Pick<UploadOptions, "contentType" | "info" | "concurrency" | "partSize" | "wholeSha1"> {
  /** The encryption, if the `client` is one of `b2-wasm`. */
  encryption?: ManagedEncryption;
  /** The name at B2. */
  name?: string;
  /** The folder at B2, if there is no `name`. */
  folder?: string;
  /** Written by the plugin: the upload that was started, which a restored file continues. */
  readonly upload?: { readonly id: string; readonly name: string } | undefined;
}

interface CommonOptions<M extends Meta, B extends Body> extends PluginOpts {
  /** The bucket to upload to. */
  bucket: string;
  /**
   * The name at B2. Default: the path of the file in `folder`. A restored file, and one that is tried again, keeps its name.
   */
  name?: OfFile<string, M, B>;
  /** The folder at B2 for files without a `name`. Default: that of the bucket. */
  folder?: OfFile<string, M, B>;
  /** Default: the type that Uppy has found. */
  contentType?: OfFile<string | undefined, M, B>;
  /** The file info. */
  info?: OfFile<Readonly<Record<string, string>> | undefined, M, B>;
  /** How many parts of a file are uploaded at once. Default: 4. */
  concurrency?: OfFile<number | undefined, M, B>;
  /** The size of a part in bytes. Default: what the realm recommends. */
  partSize?: OfFile<number | undefined, M, B>;
  /** Reads a large file before it is sent, so that its SHA-1 is stored with it. Default: `false`. */
  wholeSha1?: OfFile<boolean | undefined, M, B>;
  /** The encryption, if the `client` is one of `b2-wasm`. Default: that of the bucket. */
  encryption?: OfFile<ManagedEncryption | undefined, M, B>;
  /** How many files are uploaded at once. Default: 3, and 6 if they have less than 1 MB. */
  limit?: number | undefined;
  /** Returns the `uploadURL` of a file that was uploaded. Default: there is none. */
  url?: (version: FileVersion, file: UppyFile<M, B>) => string | Promise<string>;
  /**
   * The name of the list of uploads that the browser stores, to resume them. Default: one for each `id` of Uppy and each bucket.
   * Use a different name for each visitor, since names of files are stored.
   */
  listName?: string;
}

/** A client, or what a client of `b2-wasm/upload` needs for your gateway. */
type ClientOptions =
  | { client: UploadsAccount }
  | { client?: undefined } & Pick<
    CredentialOptions, "realm" | "credential" | "keyId" | "retryTimeout" | "requestsPerSecond" | "allowHosts"
  >;

export type B2UppyOptions<M extends Meta = Meta, B extends Body = Body> = CommonOptions<M, B> & ClientOptions;

/** What `file.response.body` has after an upload: `new Uppy<Meta, B2UppyBody>()`. */
export type B2UppyBody = {
  fileId: string;
  fileName: string;
  /** The SHA-1 of the content. Of a large file, `null` without `wholeSha1`. */
  sha1: string | null;
  contentType: string;
  size: number;
};

/** What the response of an `upload-error` has as its body. The error is a `B2Error`. */
export type B2UppyErrorBody = {
  kind: string;
  /** B2's error code, such as `bad_request`. */
  code: string | undefined;
  message: string;
};

declare module "@uppy/core/utils" {
  export interface LocalUppyFile<M extends Meta, B extends Body> {
    b2?: B2FileOptions;
  }
  export interface RemoteUppyFile<M extends Meta, B extends Body> {
    b2?: B2FileOptions;
  }
}

declare module "@uppy/core" {
  export interface PluginTypeRegistry<M extends Meta, B extends Body> {
    B2: B2Uppy<M, B>;
  }
}

/**
 * Uploads Uppy's files to B2, in parts, with pause and resume. After a reload, a file that Golden Retriever has restored, or that
 * is added again with the same name at B2, continues with the parts that B2 has.
 */
export declare class B2Uppy<M extends Meta, B extends Body>
  extends BasePlugin<B2UppyOptions<M, B>, M, B> {
  constructor(uppy: Uppy<M, B>, options: B2UppyOptions<M, B>);
}
