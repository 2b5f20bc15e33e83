// The list of uploads: a row for each item of the package, and their total.

import { say, sayOf } from "./announce.js";
import { discarding, keep } from "./discard.js";
import { $, setBar, setText } from "./dom.js";
import { shownName } from "./format.js";
import { pickAgain, typeOf } from "./pick.js";
import { UploadRow } from "./row.js";
import { t } from "./strings.js";
import { describeAll, explain } from "./words.js";

/** The maximum number of rows. The number of further uploads is shown below. */
const MAX_ROWS = 200;

const ACTIVE = new Set(["waiting", "hashing", "sending", "finishing", "offline"]);

/** Shows `uploads`, whose names start with `prefix`; `stored(version)` is called for each that is done. */
export function showUploads(uploads, prefix, stored) {
  const rows = new Map();
  const changed = new Set();
  const announced = new WeakMap();
  const { title } = document;
  let frame;
  const discard = discarding(uploads, changes, (error) => say(explain(error)));

  uploads.addEventListener("added", ({ item }) => changes(item));
  uploads.addEventListener("removed", ({ item }) => {
    drop(item);
    changes();
  });
  uploads.addEventListener("change", ({ item }) => {
    changes(item);
    announce(item);
  });
  // The network, the speed and the seconds until the next attempt change without an event of the upload.
  addEventListener("online", () => uploads.items.forEach(changes));
  addEventListener("offline", () => uploads.items.forEach(changes));
  setInterval(() => {
    uploads.items.filter(({ retry, state }) => retry !== undefined || ACTIVE.has(state)).forEach(changes);
  }, 1000);
  $("pause-all").addEventListener("click", () => {
    const resume = $("pause-all").dataset.action === "resume-all";
    for (const item of uploads.items) {
      if (resume && item.state === "paused") {
        item.resume();
      } else if (!resume) {
        item.pause();
      }
    }
  });
  $("clear-done").addEventListener("click", () => {
    uploads.items.filter(({ isOver }) => isOver).forEach((item) => uploads.remove(item));
    $(uploads.items.length > 0 ? "uploads-title" : "choose-files").focus();
  });
  $("forget-left").addEventListener("click", () => {
    discard(uploads.items.filter(({ state }) => state === "left"));
    $("undo-button").focus();
  });

  /** Updates rows at most once per frame. */
  function changes(item) {
    if (item !== undefined) {
      changed.add(item);
    }
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      for (const item of changed) {
        rows.get(item)?.update();
      }
      changed.clear();
      fill();
      total();
    });
  }

  /** Adds rows up to the maximum. If there are more uploads, completed ones lose their rows. */
  function fill() {
    const { items } = uploads;
    const many = items.length > MAX_ROWS;
    const without = items.filter((item) => !rows.has(item) && !(many && item.isOver));
    if (many && without.length > 0) {
      [...rows.keys()].filter((item) => item.isOver && !rows.get(item).hasFocus).forEach(drop);
    }
    for (const item of without.splice(0, MAX_ROWS - rows.size)) {
      const row = new UploadRow(item, prefix, act);
      rows.set(item, row);
      $("upload-rows").append(row.element);
    }
    $("upload-more").hidden = without.length === 0;
    setText($("upload-more"), t("moreFileCount", { count: without.length }));
    $("uploads").hidden = items.length === 0;
  }

  /** Removes a row. If it had the focus, the row at its position gets it. */
  function drop(item) {
    const row = rows.get(item);
    if (row === undefined) {
      return;
    }
    const next = row.hasFocus && (row.element.nextElementSibling ?? row.element.previousElementSibling);
    row.element.remove();
    rows.delete(item);
    if (next !== false) {
      ([...rows.values()].find(({ element }) => element === next) ?? $("choose-files")).focus();
    }
  }

  function total() {
    const { progress, items } = uploads;
    const { files, done, failed, hashed, sent, accepted, total } = progress;
    $("overall").hidden = files === 0;
    const text = describeAll(progress);
    setText($("overall-detail"), text);
    const all = percentOf(progress);
    setBar($("overall").firstElementChild, { hashed, sent, accepted, total, percent: all, text });
    document.title = isUploading(uploads) ? `${all} % · ${title}` : title;
    Object.assign($("overall").dataset, { files, done, failed, sent, accepted, total, percent: all });
    const going = items.some(({ state }) => ACTIVE.has(state) || state === "queued");
    const paused = items.some(({ state }) => state === "paused");
    $("pause-all").hidden = !going && !paused;
    $("pause-all").dataset.action = going ? "pause-all" : "resume-all";
    setText($("pause-all"), t(going ? "pauseAll" : "resumeAll"));
    $("clear-done").hidden = !items.some(({ isOver }) => isOver);
    $("forget-left").hidden = items.filter(({ state }) => state === "left").length < 2;
  }

  async function act(item, action) {
    try {
      await ACTIONS[action](uploads, item, discard);
    } catch (error) {
      say(explain(error));
      rows.get(item)?.complain(explain(error));
    }
  }

  /** Announces a new state once. */
  function announce(item) {
    if (announced.get(item) === item.state) {
      return;
    }
    announced.set(item, item.state);
    const name = shownName(item.name.slice(prefix.length));
    if (item.state === "done") {
      sayOf("uploaded", name);
      if (item.version !== undefined) {
        stored(item.version);
      }
    } else if (item.state === "failed") {
      say(t("failedOne", { name, reason: explain(item.error) }));
    } else if (item.state === "cancelled") {
      uploads.remove(item);
    }
  }
}

const ACTIONS = {
  pause: (_, item) => item.pause(),
  resume: (_, item) => item.resume(),
  retry: (_, item) => item.resume(),
  continue: (_, item) => item.resume(),
  async choose(_, item) {
    const file = await pickAgain();
    if (file !== undefined) {
      await item.resume(file);
    }
  },
  async replace(uploads, item) {
    const file = await pickAgain();
    if (file !== undefined) {
      await uploads.remove(item);
      uploads.add(file, { name: item.name, contentType: typeOf(file) });
    }
  },
  cancel: (_, item, discard) => discard([item]),
  forget: (_, item, discard) => discard([item]),
  undo: (_, item) => keep(item),
  remove: (uploads, item) => uploads.remove(item),
};

/** Returns the percentage of all bytes that was sent. It is 100 when B2 has confirmed everything. */
export function percentOf({ fraction }) {
  return Math.floor(fraction * 100);
}

/** Returns whether an upload is active. */
export function isUploading(uploads) {
  return uploads.items.some(({ state }) => ACTIVE.has(state));
}
