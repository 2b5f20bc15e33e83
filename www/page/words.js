// Texts about uploads and errors for visitors.

import { bytes, duration, exactBytes } from "./format.js";

const LOST = "No connection could be made, or it broke. Try again when the network and the server are back.";
const SESSION = "Your session has ended. Reload the page to sign in again.";
const NOT_ALLOWED = "This is not allowed.";
const BUSY = "The service is busy. Try again in a few minutes.";
const FULL = "The account has reached a limit that its owner has set.";
const REFUSED = "The server refused this.";

const ERRORS = {
  SourceChanged: "The file cannot be read any more: it was changed, moved or deleted. Choose it again.",
  Source: "The file cannot be read: it is a folder, or not there any more, or the browser may not. Choose it again.",
  InvalidFileName: "B2 does not take files with this name. Rename it and choose it again.",
  MaxFileSizeExceeded: "The file is too large.",
  ContentTypeNotAllowed: "Files of this type are not allowed here.",
  Cors: "The server answers, but without permission for this page. An error of a proxy on the way looks like that: try "
    + "again later. Else this site must be allowed in the CORS rules of the bucket, or the origins of the gateway.",
  PagePolicy: "This page may not connect to where the files go. "
    + "Its Content-Security-Policy must name that host in connect-src.",
  Offline: "This device is offline.",
  Asleep: LOST,
  Connect: LOST,
  ConnectionBroken: LOST,
  Timeout: LOST,
  UnknownHost: LOST,
  NoCredential: SESSION,
  WrongKey: "Your session has ended, or is not for this page. Reload the page to sign in again.",
  InvalidAuthToken: SESSION,
  AccessDenied: NOT_ALLOWED,
  Unauthorized: NOT_ALLOWED,
  RestrictedBucket: NOT_ALLOWED,
  BadRequest: REFUSED,
  ServiceError: BUSY,
  RequestTimeout: BUSY,
  TooManyRequests: BUSY,
  CapExceeded: FULL,
  StorageCapExceeded: FULL,
  TransactionCapExceeded: FULL,
  DownloadCapExceeded: FULL,
  ForeignResponse: "Something else than the service answered: a login page of the network, or a proxy. "
    + "See whether the network wants you to sign in, then try again.",
  FileNotPresent: "This file is not there any more.",
  ChecksumMismatch: "The bytes did not arrive as they were sent. Try again.",
  WasmBlocked: "This browser, or a setting of it, does not run WebAssembly, which this page needs.",
  Internal: "Something in this page broke. Try again: what B2 has is kept.",
};

/** Errors whose message from the server or client explains what is not allowed. */
const REASONED = new Set([
  "MaxFileSizeExceeded", "ContentTypeNotAllowed", "InvalidFileName", "InvalidFileInfo", "AccessDenied", "Unauthorized",
  "RestrictedBucket", "BadRequest",
]);

/** Words of this length are IDs, which are not shown. */
const IDS = /[\w.~+/=-]{60,}/g;

/** Returns the text about an error: a sentence of this page, and the message of the server or client. */
export function explain(error) {
  const known = ERRORS[error?.kind];
  if (error?.kind === "NoCredential" && error.cause?.forVisitors) {
    return error.cause.message;
  }
  const reason = error?.serverMessage ?? error?.detail;
  if (known === undefined) {
    return sentence(reason ?? String(error?.message ?? error));
  }
  if (!REASONED.has(error.kind) || !reason) {
    return known;
  }
  return `${known} ${sentence(error.kind === "MaxFileSizeExceeded" ? withSizes(reason) : reason)}`;
}

/** Returns a message with formatted sizes, which are exact if they would look the same. */
function withSizes(reason) {
  const sizes = reason.match(SIZES)?.map((size) => parseInt(size, 10)) ?? [];
  const differ = new Set(sizes.map(bytes)).size === sizes.length;
  return reason.replace(SIZES, (size) => (differ ? bytes : exactBytes)(parseInt(size, 10)));
}

const SIZES = /\b\d+\b(?: bytes)?/g;

function sentence(text) {
  const plain = text.replace(IDS, "…").trim();
  return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}${/[.!?…]$/.test(plain) ? "" : "."}`;
}

/** Returns the number of bytes that were sent, including those that B2 has confirmed. */
export function positionOf({ sent, accepted }) {
  return Math.max(sent, accepted);
}

/** Describes the limits of uploads; empty if there are none. */
export function describeLimits(limits) {
  const types = limits?.contentTypes?.includes("*/*") ? [] : limits?.contentTypes ?? [];
  const kinds = types.map((type) => type.replace("/*", ""));
  return [
    limits?.maxBytes < LARGEST && `Files of up to ${bytes(limits.maxBytes)}.`,
    kinds.length > 0 && `Types: ${kinds.join(", ")}.`,
  ].filter(Boolean).join(" ");
}

/** The largest file of B2, in bytes. A limit of this size is not shown. */
const LARGEST = 10_000_000_000_000;

/** Describes the state of an upload. */
export function describe(item) {
  const { state, size, progress } = item;
  const position = positionOf(progress);
  const some = position > 0 ? `${bytes(position)} of ${bytes(size)} sent` : bytes(size);
  switch (state) {
    case "queued":
      return navigator.onLine === false ? `${some} · waits for the network` : `${some} · waits for its turn`;
    case "hashing":
      return `${some} · ${bytes(progress.hashed)} checked`;
    case "finishing":
      return `${bytes(size)} sent · ${item.retry === undefined ? "B2 puts it together" : again(item.retry)}`;
    case "paused":
      return `${some} · paused`;
    case "offline":
      return `${some} · waits for the network`;
    case "waiting":
      return item.retry === undefined ? `${some} · waits for an answer` : `${some} · ${again(item.retry)}`;
    case "sending":
      return position < size ? `${some}${pace(item)}` : `${bytes(size)} sent · waits until B2 confirms it`;
    case "elsewhere":
      return `${some} · in another tab`;
    case "left":
      return `${some} · ${item.hasHandle ? "not finished" : "not finished: choose the same file to go on"}`;
    case "done":
      return `${bytes(size)} stored`;
    case "failed":
      return explain(item.error);
    default:
      return some;
  }
}

/** Describes all uploads in one line. */
export function describeAll({ files, done, failed, sent, total, rate, secondsLeft }) {
  if (done === files) {
    return `${files} ${files === 1 ? "file" : "files"} · ${bytes(total)} stored`;
  }
  const going = done + failed < files;
  return [
    `${done} of ${files} ${files === 1 ? "file" : "files"} stored`,
    going && `${bytes(sent)} of ${bytes(total)} sent`,
    failed > 0 && `${failed} failed`,
    rate > 0 && `${bytes(rate)}/s`,
    secondsLeft !== undefined && `${duration(secondsLeft)} left`,
  ].filter(Boolean).join(" · ");
}

function pace({ rate, secondsLeft }) {
  const parts = [rate > 0 && `${bytes(rate)}/s`, secondsLeft !== undefined && `${duration(secondsLeft)} left`];
  return parts.filter(Boolean).map((part) => ` · ${part}`).join("");
}

function again({ error, at }) {
  const seconds = (at - Date.now()) / 1000;
  const when = seconds >= 1 ? `trying again in ${duration(seconds)}` : "trying again";
  const why = WHY[error?.kind];
  return why === undefined ? when : `${why}, ${when}`;
}

/** The reasons of retries, by kind of error. */
const WHY = {
  Connect: "no connection",
  ConnectionBroken: "no connection",
  Timeout: "no answer",
  UnknownHost: "no connection",
  ServiceError: "the service is busy",
  RequestTimeout: "the service is busy",
  TooManyRequests: "the service is busy",
  ForeignResponse: "something else than the service answers",
};
