// The list of uploads: a row for each item of the package, and their total.

import { say, sayOf } from "./announce.js";
import { discarding, keep } from "./discard.js";
import { $, setBar, setText } from "./dom.js";
import { inFrames } from "./frames.js";
import { shownName } from "./format.js";
import { arranged, placeOf } from "./order.js";
import { pickAgain, uploadOptions } from "./pick.js";
import { UploadRow } from "./row.js";
import { Rows } from "./rows.js";
import { t } from "./strings.js";
import { inTurns } from "./turns.js";
import { describeAll, explain } from "./words.js";

/** The time between two changes of the order of rows, in milliseconds. */
const SORT_EVERY = 500;

const ACTIVE = ["waiting", "hashing", "sending", "finishing", "offline"];

/** Shows `uploads`, whose names start with `prefix`; `stored(version)` is called for each that is done. */
export function showUploads(uploads, prefix, stored) {
  const rows = new Rows($("upload-rows"), (item) => new UploadRow(item, prefix, act));
  const changed = new Set();
  const announced = new WeakMap();
  const { title } = document;
  const render = inFrames(() => {
    for (const item of changed) {
      rows.get(item)?.update();
    }
    changed.clear();
    if (others) {
      fill();
    }
    total();
  });
  /** Whether items were added or removed since the last frame. */
  let others = true;
  /** Whether uploads were going on at the last change: their end is shown at once. */
  let wasBusy = false;
  /** The items in the order of their rows, and the place that each had when they were sorted. */
  let order = [];
  const places = new WeakMap();
  let sorting;
  const discard = discarding(uploads, changes, (error) => say(explain(error)));

  for (const type of ["added", "removed"]) {
    uploads.addEventListener(type, () => {
      others = true;
      changes();
    });
  }
  uploads.addEventListener("change", ({ item }) => {
    changes(item);
    announce(item);
    if (places.get(item) !== placeOf(item)) {
      sorting ??= setTimeout(sort, SORT_EVERY);
    }
  });
  // The network, the speed and the seconds until the next attempt change without an event of the upload.
  addEventListener("online", () => uploads.items.forEach(changes));
  addEventListener("offline", () => uploads.items.forEach(changes));
  setInterval(() => {
    uploads.items.filter(({ retry, state }) => retry !== undefined || ACTIVE.includes(state)).forEach(changes);
  }, 1000);
  $("pause-all").addEventListener("click", () => {
    const resume = $("pause-all").dataset.action === "resume-all";
    // Of those that are paused, the queued ones come first, so that none of them takes the place of a running one.
    inTurns(resume ? uploads.items : uploads.items.reverse(), (item) => {
      if (!resume) {
        item.pause();
      } else if (item.state === "paused") {
        item.resume();
      }
    });
  });
  $("clear-done").addEventListener("click", () => {
    const over = uploads.items.filter(({ isOver }) => isOver);
    $(uploads.items.length > over.length ? "uploads-title" : "choose-files").focus();
    inTurns(over, (item) => {
      uploads.remove(item);
    });
  });
  $("forget-left").addEventListener("click", () => {
    discard(uploads.items.filter(({ state }) => state === "left"));
    $("undo-button").focus();
  });

  function changes(item) {
    if (item !== undefined) {
      changed.add(item);
    }
    const busy = isBusy(uploads);
    render(wasBusy && !busy);
    wasBusy = busy;
  }

  /** Rows do not move while the visitor points at one or has the focus in one. */
  function isHeld() {
    return $("upload-rows").matches(":hover, :focus-within");
  }

  function sort() {
    sorting = isHeld() ? setTimeout(sort, SORT_EVERY) : undefined;
    if (sorting === undefined) {
      others = true;
      changes();
    }
  }

  /** Shows the rows of other items than before, or in another order. */
  function fill() {
    others = false;
    const held = isHeld();
    order = arranged(uploads.items, held ? order : []);
    if (!held) {
      order.forEach((item) => places.set(item, placeOf(item)));
    }
    $("uploads").hidden = order.length === 0;
    if (!rows.show(order)) {
      $("choose-files").focus();
    }
  }

  function total() {
    const { progress } = uploads;
    const { files, done, failed, hashed, sent, accepted, total } = progress;
    $("overall").hidden = files === 0;
    const text = describeAll(progress);
    setText($("overall-detail"), text);
    const all = percentOf(progress);
    setBar($("overall").firstElementChild, { hashed, sent, accepted, total, percent: all, text });
    document.title = isUploading(uploads) ? `${all} % · ${title}` : title;
    Object.assign($("overall").dataset, { files, done, failed, sent, accepted, total, percent: all });
    const going = isBusy(uploads);
    $("pause-all").hidden = !going && uploads.count("paused") === 0;
    $("pause-all").dataset.action = going ? "pause-all" : "resume-all";
    setText($("pause-all"), t(going ? "pauseAll" : "resumeAll"));
    $("clear-done").hidden = uploads.count("done", "cancelled") === 0;
    $("forget-left").hidden = uploads.count("left") < 2;
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
      uploads.add(file, { name: item.name, ...uploadOptions(file) });
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

/** Returns whether an upload is active or has to wait for its turn. */
function isBusy(uploads) {
  return uploads.count(...ACTIVE, "queued") > 0;
}

/** Returns whether an upload is active. */
export function isUploading(uploads) {
  return uploads.count(...ACTIVE) > 0;
}
