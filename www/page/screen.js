// Keeps the screen on while files are uploaded, if the visitor wants it.

import { $ } from "./dom.js";
import { isUploading } from "./uploads.js";

/** The time for which changes of uploads are collected, in milliseconds. */
const DELAY = 200;

/** Holds a wake lock of the screen as long as `uploads` are active, and no longer. */
export function keepScreenOn(uploads) {
  let lock;
  let timer;
  $("awake").hidden = !("wakeLock" in navigator);
  $("input-awake").addEventListener("change", follow);
  // The browser releases the lock of a hidden tab, and when the battery is low.
  document.addEventListener("visibilitychange", follow);
  for (const type of ["change", "removed"]) {
    uploads.addEventListener(type, () => {
      if ($("input-awake").checked) {
        timer ??= setTimeout(follow, DELAY);
      }
    });
  }

  function follow() {
    clearTimeout(timer);
    timer = undefined;
    const wanted = $("input-awake").checked && document.visibilityState === "visible" && isUploading(uploads);
    if (wanted) {
      lock ??= request();
    } else {
      lock?.then((sentinel) => sentinel?.release());
      lock = undefined;
    }
  }

  function request() {
    const requested = navigator.wakeLock.request("screen").catch(() => undefined);
    requested.then((sentinel) => {
      const forget = () => {
        lock = lock === requested ? undefined : lock;
      };
      sentinel?.addEventListener("release", forget);
      if (sentinel === undefined) {
        forget();
      }
    });
    return requested;
  }
}
