import type { AccountStore, B2Error } from "./common.js";
import type { Request, Response } from "./platform.js";

export { B2Error, type AccountStore } from "./common.js";

/** The permissions of one visitor. What is missing is not allowed. */
export interface Grant {
  /**
   * The application's ID of the visitor, which the visitor can read. Unfinished uploads belong to their owner, also if
   * several owners share a prefix. A blank owner and the text of a missing value (`"undefined"`, `"null"`, `"NaN"`,
   * `"[object Object]"`) are refused.
   */
  owner: string;
  /** The name of the bucket. */
  bucket: string;
  /** The ID of the bucket. Only needed if the application's key is not restricted to the bucket. */
  bucketId?: string;
  /**
   * The start of all names that the visitor can use and list. It ends with a slash, since `u/4` is also the start of
   * `u/42/`. Prefixes with a segment that is blank, `.`, `..` or the text of a missing value are refused.
   */
  prefix: string;
  /** Allows a `prefix` that does not end with a slash, or `""` for the whole bucket. */
  anyPrefix?: boolean;
  /**
   * The lifetime of the grant in seconds, at most 31 days. A grant cannot be revoked earlier, so keep it short. When it has
   * expired, the client authorizes again, and `authorize` is called.
   */
  lifetime: number;
  /** Allows uploads. */
  upload?: UploadGrant;
  /** Allows listings of all files under the prefix. */
  list?: boolean;
  /**
   * Allows downloads of all files under the prefix, for the lifetime of the grant. The holder of a link can choose headers of
   * the response (`b2ContentDisposition`, `b2ContentType` and others in the query), except those that the gateway fixes: all
   * `b2-` entries of `upload.info`, and with `upload.attachment` or `"attachment"` here `Content-Disposition: attachment` and
   * `Content-Type: application/octet-stream`. Clients of this package request the fixed headers; other links must contain
   * them.
   */
  download?: boolean | "attachment";
  /**
   * Allows copies within B2 of files under the prefix, to names under the prefix: `bucket.copy`, `concatenate`,
   * `createFile`, and `sync` between two folders. Copies have the limits of `upload`, which the grant must allow, too: names, size, content types and file info.
   * Without `download`, visitors can copy what they have uploaded themselves only.
   */
  copy?: boolean;
  /**
   * Allows hiding and deleting stored files under the prefix, also those of other visitors. The application's key needs
   * `deleteFiles`. Files under retention or legal hold stay.
   */
  delete?: boolean;
}

/** Which uploads are allowed. */
export interface UploadGrant {
  /** The maximum size of a file in bytes. A larger file is refused, or deleted when its last part was uploaded. */
  maxBytes: number;
  /**
   * The content types: `"image/png"`, all of a kind as `"image/*"`, or any with an asterisk on both sides of the slash.
   * Downloads have the stored type. If browsers execute that type (`text/html`, `image/svg+xml`), a link to the file opens it
   * as a page: see `attachment`.
   */
  types: readonly string[];
  /**
   * How the names under the prefix are chosen.
   * - `"asGiven"`, the default: by the visitor. A name that exists gets a new version, which replaces the current one.
   * - `"unique"`: by the visitor, below a random folder. No upload replaces another one.
   * - `{ fixed }`: by the application. The name is the prefix and `fixed`.
   */
  names?: "asGiven" | "unique" | { fixed: string };
  /** The file info of each file. It replaces what the visitor sends. */
  info?: Readonly<Record<string, string>>;
  /** Sets `Content-Disposition: attachment` for each file, so that browsers save it, and do not show or execute it. */
  attachment?: boolean;
}

/** What a visitor's client sent. Neither field was checked. */
export interface Visitor {
  /** The `keyId` option of the client. Default: `"visitor"`. */
  readonly keyId: string | undefined;
  /** The `credential` option of the client, such as a session token. */
  readonly credential: string | undefined;
}

/**
 * How files are uploaded that are too small for parts, which includes those below 5 MB. An upload URL of B2 is valid for any
 * name in the bucket, any type and any size, for a day, so the gateway does not pass it on.
 * - `{ relay: bytes }`: through the gateway, which keeps the body in memory, up to this number of bytes. Name, size, type and
 *   info are checked, and a stolen URL is useless after the grant has expired. For untrusted visitors.
 * - `{ issueKey: seconds }`: the gateway creates an application key for the prefix with at most this lifetime, and passes on an
 *   upload URL of that key. The bytes are sent directly to B2, but size, type and info are not checked, and the application's
 *   key needs `writeKeys`, a capability that allows everything. For trusted visitors.
 * - `"refuse"`: small files are refused.
 */
export type SmallFiles = { relay: number } | { issueKey: number } | "refuse";

/** Bytes, or a text. */
export type Secret = string | ArrayBuffer | ArrayBufferView;

/** The secrets of a gateway: one, or several. */
export type GatewaySecrets = {
  /**
   * At least 32 random bytes, or a text of them, the same for all instances of the gateway. It signs tokens and file IDs:
   * with the secret, grants can be forged.
   */
  secret: Secret;
  secrets?: undefined;
} | {
  /**
   * Several secrets: the first signs, and what any of them has signed is accepted. To replace a secret, deploy `[old, new]`
   * to all instances, then `[new, old]`, and `[new]` when everything that the old one has signed has expired.
   */
  secrets: readonly Secret[];
  secret?: undefined;
};

export type GatewayOptions = GatewaySecrets & GatewaySettings;

/** The other options of a gateway. */
export interface GatewaySettings {
  /** The ID of the application's key. */
  keyId: string;
  /**
   * The application's key, which is not sent to visitors. Restrict it to the bucket, and give it `writeFiles`, `listFiles`,
   * `readFiles`, `shareFiles` for downloads, and `deleteFiles` for deletions.
   */
  key: string;
  /**
   * Returns the grant of a visitor; nothing refuses the visitor. If it throws, the client tries again later. Without this
   * function, all visitors are refused.
   */
  authorize?: (request: Request, visitor: Visitor) => Grant | null | undefined | Promise<Grant | null | undefined>;
  /**
   * The origins whose pages may use the gateway, such as `"https://app.example"`. Not needed for pages of the gateway's
   * origin. The CORS rules of the bucket must allow uploads from the same pages.
   */
  origins?: readonly string[];
  /**
   * The URL of the gateway for pages. Default: the URL of the request, which is right unless a proxy, or a framework such as
   * Next, changes it.
   */
  baseUrl?: string;
  /**
   * Takes the URL of the gateway from the headers `X-Forwarded-Host`, `X-Forwarded-Proto` and `X-Forwarded-Prefix`, or
   * `Forwarded`, of each request. Only for gateways behind a proxy that sets these headers itself; otherwise they are those of
   * the client. Has no effect with `baseUrl`. Default: `false`.
   */
  trustForwarded?: boolean;
  /** Default: `{ relay: 10_000_000 }`. */
  smallFiles?: SmallFiles;
  /** The size of a part in bytes. Default: 5 MB. If a connection breaks, the part is sent again. */
  partSize?: number;
  /** For how many seconds an unfinished upload can be resumed, at least. Default: 7 days. */
  resumableFor?: number;
  /** For how many milliseconds failed calls to B2 are repeated before the visitor gets an error. Default: 20 seconds. */
  retryTimeout?: number;
  /** `production` (the default), or the URL of a realm, such as a simulated service. */
  realm?: string;
  /** Keeps the application's account, with its key, so that new instances need not authorize. */
  store?: AccountStore;
  /**
   * Called with errors that the visitor is not told about: B2 refuses the application's key, `authorize` has thrown. They
   * contain no key or token. Default: `console.error`.
   */
  onerror?: (error: unknown) => void;
  /** Limits for bodies of requests. Only bodies of requests with a valid token are read. */
  limits?: {
    /** The maximum time to the next bytes, in milliseconds. Default: 30 seconds. */
    bodyStall?: number;
    /** The maximum time for a whole body, in milliseconds. Default: 5 minutes. */
    bodyTime?: number;
    /** The maximum number of bytes in memory for all bodies. Default: 256 MB. */
    bodyMemory?: number;
    /**
     * The maximum number of bytes for the bodies of one owner, so that no visitor uses all of the memory. A body counts with
     * its declared length, or with the limit of its call. Further requests are repeated later. Default: 64 MB.
     */
    ownerMemory?: number;
  };
  /** Allows a gateway in a page. Everyone who can open the page can read the key and the secret. */
  dangerouslyAllowBrowser?: boolean;
}

/**
 * Creates a B2 realm for the visitors of a web application: a function from a request to a response, as the `fetch` handlers
 * of Workers and Deno. Before the first request it sends nothing and uses neither clock nor randomness.
 *
 * It answers requests below `/b2api/v4/` of the URL where it is mounted. That URL is the `realm` of its clients.
 *
 * @throws {B2Error} if an option is missing or wrong.
 */
export declare function createGateway(options: GatewayOptions): (request: Request) => Promise<Response>;
