// Shows that the network is offline, the device was suspended, or the browser stores nothing.

import { say } from "./announce.js";
import { $, setText } from "./dom.js";
import { isUploading } from "./uploads.js";

const TICK = 2_000;

/** The time for which a suspension is shown, in milliseconds. */
const SHOW_SUSPENSION = 15_000;

/** Shows the conditions. While `uploads` are active, it keeps the screen on and asks before the page is left. */
export function watchConditions(uploads) {
  let awake;
  let woken = -Infinity;

  function show() {
    const { onLine } = navigator;
    const uploading = isUploading(uploads);
    const waiting = uploading || uploads.items.some(({ state }) => state === "queued");
    const text = onLine === false ? `Offline.${waiting ? " Uploads go on by themselves when the network is back." : ""}`
      : uploading && performance.now() - woken < SHOW_SUSPENSION ? "This device was asleep. Uploads go on."
      : uploads.persistent === false ? "This browser keeps nothing: do not reload while files are uploaded."
      : "";
    const before = $("conditions").textContent;
    document.documentElement.dataset.network = onLine === false ? "offline" : "online";
    document.documentElement.dataset.visibility = document.visibilityState;
    setText($("conditions"), text);
    if (before.startsWith("Offline") && text === "") {
      say("Online again.");
    }
    keepScreen(uploading);
  }

  async function keepScreen(uploading) {
    const wanted = uploading && $("input-awake").checked && document.visibilityState === "visible";
    if (wanted && awake === undefined) {
      awake = navigator.wakeLock.request("screen");
      // The browser releases the lock when the tab is hidden or the battery is low.
      const sentinel = await awake.catch(() => undefined);
      sentinel?.addEventListener("release", () => { awake = undefined; });
    } else if (!wanted && awake !== undefined) {
      const sentinel = await awake.catch(() => undefined);
      awake = undefined;
      await sentinel?.release();
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
  $("awake").hidden = !("wakeLock" in navigator);
  $("input-awake").addEventListener("change", show);
  addEventListener("beforeunload", (event) => {
    // Stored uploads can be resumed, so no confirmation is needed.
    if (uploads.persistent === false && isUploading(uploads)) {
      event.preventDefault();
    }
  });
  show();
}
