// What happens to the page from outside: no network, a hidden tab, a device that slept. States, not failures.

import { say } from "./announce.js";
import { $, setText } from "./dom.js";
import { isUploading } from "./uploads.js";

const TICK = 2_000;

/** For so long the page says that the device has slept. */
const REMEMBER = 15_000;

/** Shows the conditions, and cares for screen and leaving while `uploads` are under way. */
export function watchConditions(uploads) {
  let awake;
  let woken = -Infinity;

  function show() {
    const { onLine } = navigator;
    const uploading = isUploading(uploads);
    const waiting = uploading || uploads.items.some(({ state }) => state === "queued");
    const text = onLine === false ? `Offline.${waiting ? " Uploads go on by themselves when the network is back." : ""}`
      : uploading && performance.now() - woken < REMEMBER ? "This device was asleep. Uploads go on."
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
      // The browser takes it back when the tab is hidden, or the battery low.
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
    // What can be gone on with is not worth a question.
    if (uploads.persistent === false && isUploading(uploads)) {
      event.preventDefault();
    }
  });
  show();
}
