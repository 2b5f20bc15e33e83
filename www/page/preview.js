// Pictures, in a dialog.

import { $, setText } from "./dom.js";
import { bytes, shownName } from "./format.js";
import { explain } from "./words.js";

/** What a browser shows without running anything in it. */
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/** Larger ones are downloaded, not shown. */
const LIMIT = 50_000_000;

export function isPicture({ contentType, size }) {
  return PICTURES.has(contentType) && size <= LIMIT;
}

/** Shows a picture until it is closed. */
export async function preview(bucket, { fileName, contentType, size }, shown) {
  const [dialog, image] = [$("preview"), $("preview-image")];
  const closed = new AbortController();
  let url;
  dialog.addEventListener("close", () => {
    closed.abort();
    URL.revokeObjectURL(url);
    image.hidden = true;
    image.removeAttribute("src");
  }, { once: true });
  setText($("preview-name"), shownName(shown));
  setText($("preview-note"), `Loading ${bytes(size)}…`);
  dialog.showModal();
  try {
    const download = await bucket.download(fileName, { signal: closed.signal });
    const content = await download.arrayBuffer();
    // The type is the one that was checked, whatever the answer says.
    url = URL.createObjectURL(new Blob([content], { type: contentType }));
    image.src = url;
    await image.decode();
    image.alt = shown;
    image.hidden = false;
    setText($("preview-note"), "");
  } catch (error) {
    if (!closed.signal.aborted) {
      const none = error.name === "EncodingError";
      setText($("preview-note"), none ? "This is no picture that can be shown." : explain(error));
    }
  }
}

$("preview-close").addEventListener("click", () => $("preview").close());
$("preview").addEventListener("click", ({ target, currentTarget }) => {
  // What is outside of the picture belongs to the dialog itself.
  if (target === currentTarget) {
    currentTarget.close();
  }
});
