// The page: an account of your application, a list of uploads, a folder.

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
  // Whoever uses this browser next, with another folder, sees nothing of this list.
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

/** Says what may be uploaded. The client checks it again, before it sends a byte of a file. */
async function showLimits(b2) {
  try {
    const limits = await b2.uploadLimits();
    setText($("limits"), describeLimits(limits));
    const types = limits?.contentTypes ?? [];
    if (types.length > 0 && !types.includes("*/*")) {
      $("input-files").accept = types.join(",");
    }
  } catch {
    // The list of stored files says what is wrong, and a file that is refused says why.
  }
}

/** Files that were not finished go on, after a failure or from an earlier visit; all others are new. */
async function add(uploads, folder, found) {
  const told = { added: 0, resumed: 0, running: 0, stored: 0, withoutHandle: 0 };
  const added = [];
  for (const { file, path, handle, mayLackHandle } of found.filter(({ file }) => file !== undefined)) {
    const name = folder + path;
    const known = uploads.find(file, name);
    if (known === undefined || known.state === "cancelled") {
      added.push(uploads.add(file, { name, handle, contentType: typeOf(file) }));
      told.withoutHandle += mayLackHandle && handle === undefined ? 1 : 0;
    } else if (known.state === "done") {
      told.stored += 1;
    } else if (RESUMABLE.has(known.state)) {
      told.resumed += 1;
      known.resume(file);
    } else {
      told.running += 1;
    }
  }
  await Promise.all(added.map(({ taken }) => taken));
  const elsewhere = added.filter(({ state }) => state === "elsewhere").length;
  told.added = added.length - elsewhere;
  told.running += elsewhere;
  const unreadable = found.filter(({ file }) => file === undefined);
  setText($("added"), sentences(told, unreadable.length));
  say($("added").textContent);
  complain(unreadable.length > 0 && new Error(`The browser cannot read ${named(unreadable)}.`));
}

const RESUMABLE = new Set(["left", "paused", "failed"]);

/** What became of the files that were chosen or dropped. */
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

/** The first of them by name, and how many others there are. */
function named(found) {
  const shown = found.slice(0, NAMED).map(({ path }) => shownName(path)).join(", ");
  const others = found.length - NAMED;
  return others > 0 ? `${shown} and ${count(others, "other file")}` : shown;
}

const NAMED = 5;

/** Says what keeps the page from working; or that nothing does any more. */
function complain(error) {
  $("trouble").hidden = !error;
  $("trouble").textContent = error ? explain(error) : "";
}

start().catch(complain);
