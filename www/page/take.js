// Everything through which files come: two buttons, and the whole page to drop them on.

import { $ } from "./dom.js";
import { ofDrop, ofInput, pick } from "./pick.js";

/** Calls `take(found)` with what a visitor chooses or drops, and `complain(error)` if the browser does not give it. */
export function takeFiles(take, complain) {
  const taking = (found) => found.then(take).catch(complain);
  $("choose-files").addEventListener("click", async () => {
    const found = await pick().catch((error) => {
      complain(error);
      return [];
    });
    if (found === undefined) {
      $("input-files").click();
    } else if (found.length > 0) {
      take(found);
    }
  });
  $("choose-folder").addEventListener("click", () => $("input-folder").click());
  for (const input of [$("input-files"), $("input-folder")]) {
    input.addEventListener("change", () => take(ofInput(input)));
  }
  addEventListener("dragenter", (event) => over(event, true));
  addEventListener("dragover", (event) => over(event, true));
  addEventListener("dragleave", (event) => event.relatedTarget === null && over(event, false));
  addEventListener("drop", (event) => {
    if (over(event, false)) {
      taking(ofDrop(event.dataTransfer));
    }
  });
}

/** Shows where to let go, if there are files; text that is dragged is none of ours. */
function over(event, shown) {
  const hasFiles = event.dataTransfer?.types.includes("Files") === true;
  if (hasFiles) {
    event.preventDefault();
    $("drop-here").hidden = !shown;
  }
  return hasFiles;
}
