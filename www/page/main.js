// Starts the page: the client, the list of uploads, and the folder.

import { Adding, cannotRead } from "./add.js";
import { say } from "./announce.js";
import { B2, Uploads } from "./b2-wasm.js";
import { watchConditions } from "./conditions.js";
import { config } from "./config.js";
import { $, setText } from "./dom.js";
import { Folder } from "./folder.js";
import { duration } from "./format.js";
import { keepScreenOn } from "./screen.js";
import { t } from "./strings.js";
import { takeFiles } from "./take.js";
import { translate } from "./translate.js";
import { showUploads } from "./uploads.js";
import { describeLimits, explain } from "./words.js";

/** Files that were chosen before the page knows where to upload. */
let held = [];
let take = hold;

async function start() {
  translate();
  takeFiles((found) => take(found), complain);
  const { realm, bucket, prefix } = await config({ failing: complain, timeout: Infinity });
  complain();
  const b2 = new B2({ realm, credential: async () => (await config()).credential });
  // The list is stored per folder, so that another visitor with the same browser does not see it.
  const uploads = new Uploads({ b2, bucket, name: `uploads ${bucket} ${prefix}` });
  const folder = new Folder(b2, bucket, prefix);
  showUploads(uploads, prefix, (version) => folder.add(version));
  watchConditions(uploads);
  keepScreenOn(uploads);
  folder.open();
  showLimits(b2);
  await uploads.list();
  const adding = new Adding(uploads, b2.bucket(bucket), prefix);
  take = async (found) => {
    const unreadable = await adding.add(folder.prefix, found);
    complain(unreadable.length > 0 && new Error(cannotRead(unreadable)));
  };
  document.documentElement.dataset.ready = "true";
  if (held.length > 0) {
    await take(held);
  }
}

/** Keeps files until they can be added. */
function hold(found) {
  held = held.concat(found);
  setText($("added"), t("held", { count: held.length }));
  say($("added").textContent);
}

/** Shows the limits of uploads. The client also checks them before it sends a file. */
async function showLimits(b2) {
  try {
    const limits = await b2.uploadLimits();
    setText($("limits"), describeLimits(limits));
    const types = limits?.contentTypes ?? [];
    if (types.length > 0 && !types.includes("*/*")) {
      $("input-files").accept = types.join(",");
    }
  } catch {
    // The listing of files shows the error.
  }
}

/** Shows an error of the page, or hides it; with the time until the next attempt in milliseconds, if there is one. */
function complain(error, wait) {
  $("trouble").hidden = !error;
  setText($("trouble"), error ? explain(error) : "");
  clearInterval(counting);
  $("trouble-next").hidden = !error || wait === undefined;
  if (wait !== undefined) {
    const at = performance.now() + wait;
    // Not part of the alert, which a screen reader would read every second.
    const show = () => {
      const left = (at - performance.now()) / 1000;
      setText($("trouble-next"), left > 0 ? t("nextTryIn", { time: duration(left) }) : t("nextTry"));
    };
    counting = setInterval(show, 1000);
    show();
  }
}

let counting;

start().catch(complain);
