// Previews of pictures in a dialog.

import { $, setText } from "./dom.js";
import { bytes, shownName } from "./format.js";
import { t } from "./strings.js";
import { explain } from "./words.js";

/** Content types that browsers display without executing code. */
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/** The size of the largest preview, in bytes. */
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
  setText($("preview-note"), t("loading", { size: bytes(size) }));
  dialog.showModal();
  try {
    const download = await bucket.download(fileName, { signal: closed.signal });
    const content = await download.arrayBuffer();
    // The checked type is used instead of the one in the response.
    url = URL.createObjectURL(new Blob([content], { type: contentType }));
    image.src = url;
    await image.decode();
    image.alt = shownName(shown);
    image.hidden = false;
    setText($("preview-note"), "");
  } catch (error) {
    if (!closed.signal.aborted) {
      const none = error.name === "EncodingError";
      setText($("preview-note"), none ? t("noPicture") : explain(error));
    }
  }
}

$("preview-close").addEventListener("click", () => $("preview").close());
$("preview").addEventListener("click", ({ target, currentTarget }) => {
  // A click outside of the picture is on the dialog itself.
  if (target === currentTarget) {
    currentTarget.close();
  }
});
