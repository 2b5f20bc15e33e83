// The page: an account of your application, a list of uploads, a folder.

import { say } from "./announce.js";
import { B2, Uploads } from "./b2-wasm.js";
import { watchConditions } from "./conditions.js";
import { $ } from "./dom.js";
import { Folder } from "./folder.js";
import { count } from "./format.js";
import { typeOf } from "./pick.js";
import { takeFiles } from "./take.js";
import { showUploads } from "./uploads.js";
import { explain } from "./words.js";

/** In your application the session says who the visitor is. No key of B2 ever comes near the page. */
async function config() {
  const response = await fetch("config.json");
  if (!response.ok) {
    throw new Error("The server of this page does not say where to upload.");
  }
  return response.json();
}

async function start() {
  const { realm, bucket, prefix } = await config();
  const b2 = new B2({ realm, credential: async () => (await config()).credential });
  // Whoever uses this browser next, with another folder, sees nothing of this list.
  const uploads = new Uploads({ b2, bucket, name: `uploads ${bucket} ${prefix}` });
  const folder = new Folder(b2.bucket(bucket), prefix);
  showUploads(uploads, prefix, (version) => folder.add(version));
  watchConditions(uploads);
  folder.open();
  await uploads.list();
  takeFiles((found) => add(uploads, folder.prefix, found), complain);
  document.documentElement.dataset.ready = "true";
}

/** Files that were not finished go on, after a failure or from an earlier visit; all others are new. */
function add(uploads, folder, found) {
  const readable = found.filter(({ file }) => file !== undefined);
  for (const { file, path, handle } of readable) {
    const name = folder + path;
    const unfinished = uploads.find(file, name);
    if (unfinished === undefined) {
      uploads.add(file, { name, handle, contentType: typeOf(file) });
    } else {
      unfinished.resume(file);
    }
  }
  say(readable.length === 0 ? "Nothing was added." : `${count(readable.length, "file")} added.`);
  const [unreadable] = found.filter(({ file }) => file === undefined);
  const others = found.length - readable.length - 1;
  complain(unreadable && new Error(
    `The browser cannot read ${unreadable.path}${others > 0 ? ` and ${count(others, "other file")}` : ""}.`));
}

/** Says what keeps the page from working; or that nothing does any more. */
function complain(error) {
  $("trouble").hidden = !error;
  $("trouble").textContent = error ? explain(error) : "";
}

start().catch(complain);
