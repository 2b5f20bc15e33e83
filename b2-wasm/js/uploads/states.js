// What the states of uploads have in common.

/** States of an upload that has ended. */
export const ENDS = new Set(["done", "failed", "cancelled"]);

/** States in which it tries again. */
export const TRYING = new Set(["waiting", "offline", "sending"]);

/** States that `resume` ends. */
export const RESUMABLE = new Set(["left", "paused", "failed"]);

/** States in which another tab, or nobody, cares for an upload. */
export const NOT_HERE = new Set(["elsewhere", "left"]);
