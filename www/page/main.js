// The page: an account of your application, a list of uploads, a folder.

import { say } from "./announce.js";
import { B2, Uploads } from "./b2-wasm.js";
import { watchConditions } from "./conditions.js";
import { $ } from "./dom.js";
import { Folder } from "./folder.js";
import { count } from "./format.js";
import { ofDrop, ofInput, pick } from "./pick.js";
import { showUploads } from "./uploads.js";
import { explain } from "./words.js";

/** What B2 would make of a name can become any type; gateways rather know it. */
const UNKNOWN = "application/octet-stream";

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
  const uploads = new Uploads({ b2, bucket });
  const folder = new Folder(b2.bucket(bucket), prefix);
  showUploads(uploads, prefix, (version) => folder.add(version));
  watchConditions(uploads);
  takeFiles((found) => add(uploads, folder.prefix, found));
  document.documentElement.dataset.ready = "true";
  await Promise.all([uploads.list(), folder.open()]);
}

/** Files that were not finished go on, after a failure or from an earlier visit; all others are new. */
function add(uploads, folder, found) {
  for (const { file, path, handle } of found) {
    const name = folder + path;
    const unfinished = uploads.find(file, name);
    if (unfinished === undefined) {
      uploads.add(file, { name, handle, contentType: file.type || UNKNOWN });
    } else {
      unfinished.resume(file);
    }
  }
  say(found.length === 0 ? "Nothing was added." : `${count(found.length, "file")} added.`);
}

/** Everything through which files come. */
function takeFiles(take) {
  async function taking(found) {
    try {
      take(await found);
    } catch (error) {
      complain(error);
    }
  }
  for (const [button, input, folder] of [["choose-files", "input-files", false], ["choose-folder", "input-folder", true]]) {
    $(button).addEventListener("click", async () => {
      const found = await pick({ folder }).catch(complain);
      if (found === undefined) {
        $(input).click();
      } else if (found.length > 0) {
        take(found);
      }
    });
    $(input).addEventListener("change", () => taking(ofInput($(input))));
  }
  const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
  const over = (event, shown) => {
    if (hasFiles(event)) {
      event.preventDefault();
      $("drop-here").hidden = !shown;
    }
  };
  addEventListener("dragenter", (event) => over(event, true));
  addEventListener("dragover", (event) => over(event, true));
  addEventListener("dragleave", (event) => event.relatedTarget === null && over(event, false));
  addEventListener("drop", (event) => {
    over(event, false);
    if (hasFiles(event)) {
      taking(ofDrop(event.dataTransfer));
    }
  });
}

function complain(error) {
  $("trouble").hidden = false;
  $("trouble").textContent = explain(error);
}

start().catch(complain);
