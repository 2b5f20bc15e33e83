// Starts the page: the client, the list of uploads, and the folder.

import { say } from "./announce.js";
import { B2, Uploads } from "./b2-wasm.js";
import { watchConditions } from "./conditions.js";
import { config } from "./config.js";
import { $, setText } from "./dom.js";
import { Folder } from "./folder.js";
import { count, shownName } from "./format.js";
import { typeOf } from "./pick.js";
import { takeFiles } from "./take.js";
import { showUploads } from "./uploads.js";
import { describeLimits, explain } from "./words.js";

async function start() {
  const failing = ({ message }) => complain(new Error(`${message} It is asked again and again.`));
  const { realm, bucket, prefix } = await config({ failing, timeout: Infinity });
  complain();
  const b2 = new B2({ realm, credential: async () => (await config()).credential });
  // The list is stored per folder, so that another visitor with the same browser does not see it.
  const uploads = new Uploads({ b2, bucket, name: `uploads ${bucket} ${prefix}` });
  const folder = new Folder(b2.bucket(bucket), prefix);
  showUploads(uploads, prefix, (version) => folder.add(version));
  watchConditions(uploads);
  folder.open();
  showLimits(b2);
  await uploads.list();
  takeFiles((found) => add(uploads, folder.prefix, found), complain);
  document.documentElement.dataset.ready = "true";
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

/** Adds files: resumes unfinished uploads of the same files, and starts new uploads for the others. */
async function add(uploads, folder, found) {
  const counts = { added: 0, resumed: 0, running: 0, stored: 0, withoutHandle: 0 };
  const added = [];
  for (const { file, path, handle, mayLackHandle } of found.filter(({ file }) => file !== undefined)) {
    const name = folder + path;
    const known = uploads.find(file, name);
    if (known === undefined || known.state === "cancelled") {
      added.push(uploads.add(file, { name, handle, contentType: typeOf(file) }));
      counts.withoutHandle += mayLackHandle && handle === undefined ? 1 : 0;
    } else if (known.state === "done") {
      counts.stored += 1;
    } else if (RESUMABLE.has(known.state)) {
      counts.resumed += 1;
      known.resume(file);
    } else {
      counts.running += 1;
    }
  }
  await Promise.all(added.map(({ taken }) => taken));
  const elsewhere = added.filter(({ state }) => state === "elsewhere").length;
  counts.added = added.length - elsewhere;
  counts.running += elsewhere;
  const unreadable = found.filter(({ file }) => file === undefined);
  setText($("added"), sentences(counts, unreadable.length));
  say($("added").textContent);
  complain(unreadable.length > 0 && new Error(`The browser cannot read ${named(unreadable)}.`));
}

const RESUMABLE = new Set(["left", "paused", "failed"]);

/** Returns the sentences about added files. */
function sentences({ added, resumed, running, stored, withoutHandle }, unreadable) {
  const parts = [
    added > 0 && `${count(added, "file")} added.`,
    resumed > 0 && `${count(resumed, "file")} ${resumed === 1 ? "goes" : "go"} on.`,
    running > 0 && `${count(running, "file")} ${running === 1 ? "is" : "are"} being uploaded already.`,
    stored > 0 && `${count(stored, "file")} ${stored === 1 ? "is" : "are"} stored already.`,
    unreadable > 0 && `${count(unreadable, "file")} cannot be read.`,
    withoutHandle > 0 && `After a reload ${count(withoutHandle, "file")} must be chosen again to go on.`,
  ];
  return parts.filter(Boolean).join(" ") || "Nothing was added.";
}

/** Returns the names of the first files and the number of the others. */
function named(found) {
  const shown = found.slice(0, NAMED).map(({ path }) => shownName(path)).join(", ");
  const others = found.length - NAMED;
  return others > 0 ? `${shown} and ${count(others, "other file")}` : shown;
}

const NAMED = 5;

/** Shows an error of the page, or hides it. */
function complain(error) {
  $("trouble").hidden = !error;
  $("trouble").textContent = error ? explain(error) : "";
}

start().catch(complain);
