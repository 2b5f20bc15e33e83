// What happened, in sentences that tell a visitor what to do.

import { bytes, duration } from "./format.js";

const LOST = "The connection to B2 was lost. Try again when the network is better.";
const NOT_ALLOWED = "Your session has ended, or does not allow this. Reload the page to sign in again.";
const BUSY = "B2 is busy. Try again in a few minutes.";
const FULL = "The account has reached a limit that its owner has set.";

const ERRORS = {
  SourceChanged: "The file cannot be read any more: it was changed, moved or deleted. Choose it again.",
  Source: "The file cannot be read: it is a folder, or not there any more, or the browser may not. Choose it again.",
  InvalidFileName: "B2 does not take files with this name. Rename it and choose it again.",
  MaxFileSizeExceeded: "The file is too large.",
  Cors: "The bucket does not let this page upload. Whoever runs it must allow it in the bucket's CORS rules.",
  Offline: "This device is offline.",
  Asleep: LOST,
  Connect: LOST,
  ConnectionBroken: LOST,
  Timeout: LOST,
  UnknownHost: LOST,
  NoCredential: NOT_ALLOWED,
  WrongKey: NOT_ALLOWED,
  InvalidAuthToken: NOT_ALLOWED,
  AccessDenied: NOT_ALLOWED,
  ServiceError: BUSY,
  RequestTimeout: BUSY,
  TooManyRequests: BUSY,
  CapExceeded: FULL,
  StorageCapExceeded: FULL,
  TransactionCapExceeded: FULL,
  DownloadCapExceeded: FULL,
  FileNotPresent: "This file is not there any more.",
  ChecksumMismatch: "The bytes did not arrive as they were sent. Try again.",
  WasmBlocked: "This browser, or a setting of it, does not run WebAssembly, which this page needs.",
  Internal: "Something in this page broke. Try again: what B2 has is kept.",
};

/** What to say about an error. What the gateway refuses it explains itself. */
export function explain(error) {
  const known = ERRORS[error?.kind];
  if (known !== undefined) {
    return known;
  }
  const text = String(error?.message ?? error);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What an upload does. */
export function describe(item) {
  const { state, size, progress } = item;
  const stored = `${bytes(progress.accepted)} of ${bytes(size)} stored`;
  const some = progress.accepted > 0 ? stored : bytes(size);
  switch (state) {
    case "queued":
      return navigator.onLine === false ? `${some} · waits for the network` : `${some} · waits for its turn`;
    case "hashing":
      return `${some} · ${bytes(progress.hashed)} checked`;
    case "finishing":
      return `${bytes(size)} sent · B2 puts it together`;
    case "paused":
      return `${some} · paused`;
    case "offline":
      return `${some} · waits for the network`;
    case "waiting":
      return item.retry === undefined ? `${some} · waits for B2` : `${some} · ${again(item.retry)}`;
    case "sending":
      return `${stored}${pace(item)}`;
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

function pace({ rate, secondsLeft, progress }) {
  const ahead = progress.sent - progress.accepted;
  const parts = [
    ahead > 0 && `${bytes(ahead)} on the way`,
    rate > 0 && `${bytes(rate)}/s`,
    secondsLeft !== undefined && `${duration(secondsLeft)} left`,
  ];
  return parts.filter(Boolean).map((part) => ` · ${part}`).join("");
}

function again({ at }) {
  const seconds = (at - Date.now()) / 1000;
  return seconds >= 1 ? `trying again in ${duration(seconds)}` : "trying again";
}
