// Shows that the network is offline, the device was suspended, or the browser stores nothing.

import { say } from "./announce.js";
import { $, setText } from "./dom.js";
import { t } from "./strings.js";
import { isUploading } from "./uploads.js";

const TICK = 2_000;

/** The time for which a suspension is shown, in milliseconds. */
const SHOW_SUSPENSION = 15_000;

/** Shows the conditions. While `uploads` are active and not stored, it asks before the page is left. */
export function watchConditions(uploads) {
  let woken = -Infinity;

  function show() {
    const { onLine } = navigator;
    const uploading = isUploading(uploads);
    const waiting = uploading || uploads.count("queued") > 0;
    const key = onLine === false ? waiting ? "offlineWaits" : "offline"
      : uploading && performance.now() - woken < SHOW_SUSPENSION ? "wasAsleep"
      : uploads.persistent === false ? "keepsNothing"
      : undefined;
    const wasOffline = document.documentElement.dataset.network === "offline";
    document.documentElement.dataset.network = onLine === false ? "offline" : "online";
    document.documentElement.dataset.visibility = document.visibilityState;
    setText($("conditions"), key === undefined ? "" : t(key));
    if (wasOffline && key === undefined) {
      say(t("onlineAgain"));
    }
  }

  setInterval(show, TICK);
  addEventListener("online", show);
  addEventListener("offline", show);
  document.addEventListener("visibilitychange", show);
  uploads.addEventListener("warning", show);
  uploads.addEventListener("change", ({ item }) => {
    if (item.retry?.error.kind === "Asleep") {
      woken = performance.now();
      show();
    }
  });
  addEventListener("beforeunload", (event) => {
    // Stored uploads can be resumed, so no confirmation is needed.
    if (uploads.persistent === false && isUploading(uploads)) {
      event.preventDefault();
    }
  });
  show();
}
