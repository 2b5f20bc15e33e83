// What the states of uploads have in common.

/** Errors of files that are refused before their turn comes. */
export const REFUSED = new Set([
  "InvalidInput", "InvalidFileName", "InvalidFileInfo", "MaxFileSizeExceeded", "ContentTypeNotAllowed",
]);

/** States of an upload that has ended. */
export const ENDS = new Set(["done", "failed", "cancelled"]);

/** States in which it tries again. */
export const TRYING = new Set(["waiting", "offline", "sending"]);

/** States that `resume` ends. */
export const RESUMABLE = new Set(["left", "paused", "failed"]);

/** States in which another tab, or nobody, cares for an upload. */
export const NOT_HERE = new Set(["elsewhere", "left"]);

/** States in which it is at work, and does not only wait for its turn or the network. */
export const MOVING = new Set(["waiting", "hashing", "sending", "finishing"]);

/** States in which bytes of this tab are yet to be sent. */
export const GOING = new Set(["queued", "waiting", "hashing", "sending", "finishing", "offline"]);
