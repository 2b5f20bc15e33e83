// Starts the page: the client, the list of uploads, and the folder.

import { Adding, cannotRead } from "./add.js";
import { B2, Uploads } from "./b2-wasm.js";
import { watchConditions } from "./conditions.js";
import { config } from "./config.js";
import { $, setText } from "./dom.js";
import { Folder } from "./folder.js";
import { keepScreenOn } from "./screen.js";
import { t } from "./strings.js";
import { takeFiles } from "./take.js";
import { translate } from "./translate.js";
import { showUploads } from "./uploads.js";
import { describeLimits, explain } from "./words.js";

async function start() {
  translate();
  const failing = ({ message }) => complain(new Error(t("askedAgain", { problem: message })));
  const { realm, bucket, prefix } = await config({ failing, timeout: Infinity });
  complain();
  const b2 = new B2({ realm, credential: async () => (await config()).credential });
  // The list is stored per folder, so that another visitor with the same browser does not see it.
  const uploads = new Uploads({ b2, bucket, name: `uploads ${bucket} ${prefix}` });
  const folder = new Folder(b2.bucket(bucket), prefix);
  showUploads(uploads, prefix, (version) => folder.add(version));
  watchConditions(uploads);
  keepScreenOn(uploads);
  folder.open();
  showLimits(b2);
  await uploads.list();
  const adding = new Adding(uploads, b2.bucket(bucket), prefix);
  takeFiles(async (found) => {
    const unreadable = await adding.add(folder.prefix, found);
    complain(unreadable.length > 0 && new Error(cannotRead(unreadable)));
  }, complain);
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

/** Shows an error of the page, or hides it. */
function complain(error) {
  $("trouble").hidden = !error;
  $("trouble").textContent = error ? explain(error) : "";
}

start().catch(complain);
