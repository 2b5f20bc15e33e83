import type { AccountStore, B2Error } from "./common.js";

export { B2Error, type AccountStore } from "./common.js";

/** What one visitor may do, where, and for how long. What is not said is not allowed. */
export interface Grant {
  /**
   * The application's name for the visitor. Unfinished uploads belong to their owner, also when several owners share
   * a prefix. The visitor can read it. A grant for an owner that is blank, or what a language writes for a missing value
   * (`"undefined"`, `"null"`, `"NaN"`, `"[object Object]"`), lets nobody in.
   */
  owner: string;
  /** The name of the bucket. */
  bucket: string;
  /** The id of the bucket. Needed only if the application's key is not restricted to the bucket. */
  bucketId?: string;
  /**
   * What all names start with, and all that a listing shows. It ends with a slash, since `u/4` is also the start of
   * `u/42/`; and no part of it is blank, `.`, `..` or a word for a missing value. Else nobody is let in.
   */
  prefix: string;
  /** Allows a `prefix` that does not end with a slash, or `""` for the whole bucket. */
  anyPrefix?: boolean;
  /**
   * For how many seconds. A grant cannot be taken back before, so keep it short; when it is over, the client asks
   * again by itself, and so is `authorize`. At most 31 days.
   */
  lifetime: number;
  /** Allows to upload. */
  upload?: UploadGrant;
  /** Allows to list all files under the prefix. */
  list?: boolean;
  /**
   * Allows to download all files under the prefix, as long as the grant lasts. B2 lets the holder of a link choose the
   * headers of the answer (`b2ContentDisposition`, `b2ContentType` and others in its query), but for those that the
   * gateway fixes: all `b2-` entries of `upload.info`, and with `upload.attachment` or `"attachment"` here
   * `Content-Disposition: attachment` and `Content-Type: application/octet-stream`. Clients of this package ask for
   * the fixed ones by themselves; a link that is made by hand must repeat them.
   */
  download?: boolean | "attachment";
}

/** What a visitor may upload. */
export interface UploadGrant {
  /** The largest file, in bytes. A larger one is refused, or deleted when its parts are added up at its end. */
  maxBytes: number;
  /**
   * The content types: `"image/png"`, or all of a kind as `"image/*"`, or any with an asterisk on both sides of the slash.
   * Downloads have the stored type, so one that browsers execute (`text/html`, `image/svg+xml`) can make a link to a file
   * a page of yours: see `attachment`.
   */
  types: readonly string[];
  /**
   * Who chooses the names under the prefix.
   * - `"asGiven"`, the default: the visitor. A name that exists gets a new version, which everybody sees instead.
   * - `"unique"`: the visitor, below a random folder. No upload ever replaces another one.
   * - `{ fixed }`: the application. The file is called prefix and `fixed`, whatever the visitor says.
   */
  names?: "asGiven" | "unique" | { fixed: string };
  /** File info of every file, whatever the visitor says. */
  info?: Readonly<Record<string, string>>;
  /** Gives every file `Content-Disposition: attachment`: browsers save it, and never show or execute it. */
  attachment?: boolean;
}

/** What a visitor's client shows. Neither has been checked. */
export interface Visitor {
  /** The `keyId` that the client was given; `"visitor"` if none was. */
  readonly keyId: string | undefined;
  /** The `credential` that the client was given: a session token, say. */
  readonly credential: string | undefined;
}

/**
 * What becomes of files that are too small to be sent in parts, which are those below 5 MB at least. An upload URL of
 * B2's is good for any name in the bucket, any type and any size, for a day; so it is never handed out as it is.
 * - `{ relay: bytes }`: they go through the gateway, up to so many bytes, which it has in memory meanwhile. Name, size,
 *   type and info are what the grant says, and a stolen URL is worth nothing after the grant. For strangers.
 * - `{ mint: seconds }`: the gateway makes an application key for the prefix that lives so long at most, and hands out
 *   an upload URL of that key. The bytes go straight to B2, but size, type and info are whatever the visitor likes, and
 *   the application's key needs `writeKeys`, with which it could do everything. For colleagues.
 * - `"refuse"`: there are no small files.
 */
export type SmallFiles = { relay: number } | { mint: number } | "refuse";

export interface GatewayOptions {
  /** The id of the application's own key. */
  keyId: string;
  /**
   * The application's own key; no visitor ever sees it. Restrict it to the bucket, and give it `writeFiles`,
   * `listFiles`, `readFiles`, and `shareFiles` for downloads.
   */
  key: string;
  /**
   * At least 32 random bytes, or a text of them, the same wherever the gateway runs. Tokens and file ids are signed
   * with it: anyone with the secret can make grants.
   */
  secret: string | ArrayBuffer | ArrayBufferView;
  /** An earlier secret that is being retired: what it has signed is still believed. */
  previousSecret?: string | ArrayBuffer | ArrayBufferView;
  /**
   * The application's own check: who is this, and what may he do? Nothing means no. If it throws, the visitor is told to
   * come back. Without it, everybody is refused.
   */
  authorize?: (request: Request, visitor: Visitor) => Grant | null | undefined | Promise<Grant | null | undefined>;
  /**
   * The origins whose pages may use the gateway, such as `"https://app.example"`. Not needed for pages of its own
   * origin. The bucket has CORS rules of its own, which must let the same pages upload.
   */
  origins?: readonly string[];
  /**
   * The URL under which pages reach the gateway. Default: where a request came to, which is right unless a proxy changes
   * the URL on the way.
   */
  baseUrl?: string;
  /** Default: `{ relay: 10_000_000 }`. */
  smallFiles?: SmallFiles;
  /** How many bytes a part should have. Default: 5 MB; a page loses a part when its connection breaks. */
  partSize?: number;
  /** For how many seconds an unfinished upload can be gone on with, at least. Default: 7 days. */
  resumableFor?: number;
  /** How many milliseconds the gateway tries a call to B2 before it tells a visitor to come back. Default: 20 seconds. */
  patience?: number;
  /** `production`, which is the default, or the URL of a realm: a simulated service. */
  realm?: string;
  /** Keeps the application's account between instances, so that each need not authorize. It holds the key. */
  store?: AccountStore;
  /**
   * Is told what went wrong that is not the visitor's to know: B2 refuses the application's key, `authorize` has thrown.
   * Never holds a key or a token. Default: `console.error`.
   */
  onerror?: (error: unknown) => void;
  /** What bodies of requests may take up, of visitors whose tokens are good: no others are read. */
  limits?: {
    /** How many milliseconds the next bytes may take. Default: 30 seconds. */
    bodyStall?: number;
    /** How many milliseconds a whole body may take: a small file on a slow line. Default: 5 minutes. */
    bodyTime?: number;
    /** How many bytes of bodies are in memory at once, over all requests. Default: 256 MB. */
    bodyMemory?: number;
    /**
     * How many of them are of one owner's requests, so that a visitor cannot take all of it: each with its declared
     * length, or all that its call may have. More are told to come back. Default: 64 MB.
     */
    ownerMemory?: number;
  };
  /** Everybody who can open the page can read the key, and the secret. */
  dangerouslyAllowBrowser?: boolean;
}

/**
 * A B2 realm for the visitors of a web application, as a function from a request to a response: what a Worker, Deno and
 * others call `fetch`. Nothing is sent, and no clock or randomness is used, before the first request.
 *
 * It answers what comes under `/b2api/v4/`, wherever it is mounted; clients are given its URL as their `realm`.
 *
 * @throws {B2Error} if an option is missing, or not what it should be.
 */
export declare function createGateway(options: GatewayOptions): (request: Request) => Promise<Response>;
