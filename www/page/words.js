// Texts about uploads and errors for visitors.

import { bytes, duration, exactBytes } from "./format.js";
import { t } from "./strings.js";
import { isWaiting } from "./undo.js";

/** The sentences about errors, by kind. */
const ERRORS = {
  SourceChanged: "errorSourceChanged",
  Source: "errorSource",
  InvalidFileName: "errorInvalidFileName",
  MaxFileSizeExceeded: "errorMaxFileSizeExceeded",
  ContentTypeNotAllowed: "errorContentTypeNotAllowed",
  Cors: "errorCors",
  PagePolicy: "errorPagePolicy",
  Offline: "errorOffline",
  Asleep: "errorLost",
  Connect: "errorLost",
  ConnectionBroken: "errorLost",
  Timeout: "errorLost",
  UnknownHost: "errorLost",
  NoCredential: "errorSession",
  WrongKey: "errorWrongKey",
  InvalidAuthToken: "errorSession",
  AccessDenied: "errorNotAllowed",
  Unauthorized: "errorNotAllowed",
  RestrictedBucket: "errorNotAllowed",
  BadRequest: "errorRefused",
  ServiceError: "errorBusy",
  RequestTimeout: "errorBusy",
  TooManyRequests: "errorBusy",
  CapExceeded: "errorFull",
  StorageCapExceeded: "errorFull",
  TransactionCapExceeded: "errorFull",
  DownloadCapExceeded: "errorFull",
  ForeignResponse: "errorForeignResponse",
  FileNotPresent: "errorFileNotPresent",
  ChecksumMismatch: "errorChecksumMismatch",
  WasmBlocked: "errorWasmBlocked",
  Internal: "errorInternal",
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
  const known = Object.hasOwn(ERRORS, error?.kind ?? "") ? t(ERRORS[error.kind]) : undefined;
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
    limits?.maxBytes < LARGEST && t("limitOfSize", { size: bytes(limits.maxBytes) }),
    kinds.length > 0 && t("limitOfTypes", { types: kinds.join(", ") }),
  ].filter(Boolean).join(" ");
}

/** The largest file of B2, in bytes. A limit of this size is not shown. */
const LARGEST = 10_000_000_000_000;

/** Describes the state of an upload. */
export function describe(item) {
  return statesOf(item).filter(Boolean).join(" · ");
}

/** Returns what is known of an upload: how much is sent or stored, and what it does. */
function statesOf(item) {
  const { state, progress, retry } = item;
  const size = bytes(item.size);
  const position = positionOf(progress);
  const sent = position > 0 ? t("partSent", { part: bytes(position), size }) : size;
  const stored = progress.accepted > 0 ? t("partStored", { part: bytes(progress.accepted), size }) : size;
  if (isWaiting(item)) {
    return [stored, t("aboutToBeDiscarded")];
  }
  switch (state) {
    case "queued":
      return [sent, t(navigator.onLine === false ? "waitsForNetwork" : "waitsForTurn")];
    case "hashing":
      return [sent, t("partChecked", { part: bytes(progress.hashed) })];
    case "finishing":
      return [t("allSent", { size }), retry === undefined ? t("putTogether") : again(retry)];
    case "paused":
      return [stored, t("paused"), item.sentAgain > 0 && t("sentAgain", { size: bytes(item.sentAgain) })];
    case "offline":
      return [sent, t("waitsForNetwork")];
    case "waiting":
      return [sent, retry === undefined ? t("waitsForAnswer") : again(retry)];
    case "sending":
      return position < item.size ? [sent, ...pace(item)] : [t("allSent", { size }), t("waitsForB2")];
    case "elsewhere":
      return [sent, t("inAnotherTab")];
    case "left":
      return [stored, t(item.hasHandle ? "notFinished" : "notFinishedChoose")];
    case "done":
      return [t("allStored", { size })];
    case "failed":
      return [explain(item.error)];
    default:
      return [sent];
  }
}

/** Describes all uploads in one line. */
export function describeAll({ files, done, failed, sent, total, rate, secondsLeft }) {
  if (done === files) {
    return t("filesStored", { count: files, size: bytes(total) });
  }
  const going = done + failed < files;
  return [
    t("someFilesStored", { count: files, done }),
    going && t("partSent", { part: bytes(sent), size: bytes(total) }),
    failed > 0 && t("failedCount", { count: failed }),
    ...pace({ rate, secondsLeft }),
  ].filter(Boolean).join(" · ");
}

function pace({ rate, secondsLeft }) {
  return [
    rate > 0 && `${bytes(rate)}/s`,
    secondsLeft !== undefined && t("timeLeft", { time: duration(secondsLeft) }),
  ];
}

function again({ error, at }) {
  const seconds = (at - Date.now()) / 1000;
  const when = seconds >= 1 ? t("tryingAgainIn", { time: duration(seconds) }) : t("tryingAgain");
  const why = WHY[error?.kind];
  return why === undefined ? when : t("whyAndWhen", { why: t(why), when });
}

/** The reasons of retries, by kind of error. */
const WHY = {
  Connect: "noConnection",
  ConnectionBroken: "noConnection",
  Timeout: "noAnswer",
  UnknownHost: "noConnection",
  ServiceError: "serviceBusy",
  RequestTimeout: "serviceBusy",
  TooManyRequests: "serviceBusy",
  ForeignResponse: "somethingElse",
};
