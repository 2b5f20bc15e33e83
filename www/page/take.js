// Takes files from the buttons, from drops on the page and from the clipboard.

import { $ } from "./dom.js";
import { ofDrop, ofInput, ofPaste, pick } from "./pick.js";

/** Calls `take(found)` with chosen, dropped and pasted files, and `complain(error)` if they cannot be read. */
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
  addEventListener("paste", (event) => {
    if (event.clipboardData?.types.includes("Files")) {
      event.preventDefault();
      taking(ofPaste(event.clipboardData));
    }
  });
}

/** Shows or hides the drop area while files are dragged. Returns whether there are files. */
function over(event, shown) {
  const hasFiles = event.dataTransfer?.types.includes("Files") === true;
  if (hasFiles) {
    event.preventDefault();
    $("drop-here").hidden = !shown;
  }
  return hasFiles;
}
