// Sets of states of uploads.

/** Errors of files that are refused before their turn. */
export const REFUSED = new Set([
  "InvalidInput", "InvalidFileName", "InvalidFileInfo", "MaxFileSizeExceeded", "ContentTypeNotAllowed",
]);

/** States of an upload that has ended. */
export const ENDS = new Set(["done", "failed", "cancelled"]);

/** States in which a failed request is repeated. */
export const TRYING = new Set(["waiting", "offline", "sending"]);

/** States that `resume` ends. */
export const RESUMABLE = new Set(["left", "paused", "failed"]);

/** States of uploads that this tab does not run. */
export const NOT_HERE = new Set(["elsewhere", "left"]);

/** States in which an upload runs, and does not wait in the queue or for the network. */
export const MOVING = new Set(["waiting", "hashing", "sending", "finishing"]);

/** States in which this tab has bytes to send. */
export const GOING = new Set(["queued", "waiting", "hashing", "sending", "finishing", "offline"]);
