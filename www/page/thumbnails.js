// Small pictures of the files in the rows that are in sight.

/** The types that browsers decode without executing code. */
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"]);

/** The size of the largest file that is decoded, in bytes. */
const LIMIT = 50_000_000;

/** The height of a picture in pixels: that of its element on a dense screen. */
const HEIGHT = 80;

/** How many pictures are decoded at once. Each needs memory for all of its pixels. */
const AT_ONCE = 2;

/** The pictures of uploads, by upload. */
const files = new WeakMap();

/** The canvases in sight. */
const visible = new Set();

/** Those whose pictures are not decoded yet, with their files. */
const waiting = new Map();
let decoding = 0;

/** The files of watched canvases. */
const shown = new WeakMap();

/** Elements that are removed from the page leave sight, too. */
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const file = shown.get(target);
    if (isIntersecting && file !== undefined) {
      visible.add(target);
      waiting.set(target, file);
    } else {
      clear(target);
    }
  }
  next();
}, { rootMargin: "100px" });

/** Keeps the file of an upload, if it is a picture. */
export function rememberPicture(item, file) {
  if (PICTURES.has(file.type) && file.size <= LIMIT) {
    files.set(item, file);
  }
}

/** Shows the picture of an upload, if there is one, in `canvas` whenever that is in sight. */
export function showPicture(item, canvas) {
  const file = files.get(item);
  canvas.hidden = file === undefined;
  if (file !== undefined) {
    shown.set(canvas, file);
    sight.observe(canvas);
  }
}

/** Frees the memory of a picture that is not in sight. */
function clear(canvas) {
  visible.delete(canvas);
  waiting.delete(canvas);
  Object.assign(canvas, { width: 0, height: 0 });
  delete canvas.dataset.shown;
}

function next() {
  for (const [canvas, file] of waiting) {
    if (decoding >= AT_ONCE) {
      return;
    }
    waiting.delete(canvas);
    decoding += 1;
    draw(canvas, file).finally(() => {
      decoding -= 1;
      next();
    });
  }
}

/** Decodes a picture, which browsers do in another thread, and draws it if it is still in sight. */
async function draw(canvas, file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { resizeHeight: HEIGHT, resizeQuality: "medium" });
  } catch {
    // The row keeps its icon.
    return;
  }
  if (visible.has(canvas)) {
    const side = Math.min(bitmap.width, HEIGHT);
    Object.assign(canvas, { width: side, height: HEIGHT });
    canvas.getContext("2d").drawImage(bitmap, (side - bitmap.width) / 2, 0);
    canvas.dataset.shown = "true";
  }
  bitmap.close();
}
