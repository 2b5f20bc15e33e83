// A page with Uppy, its Dashboard and Golden Retriever. The query has options of Uppy and of the uploader.

import Uppy from "@uppy/core";
import Dashboard from "@uppy/dashboard";
import GoldenRetriever from "@uppy/golden-retriever";
import { B2Uppy } from "b2-wasm/uppy";
import "@uppy/core/css/style.min.css";
import "@uppy/dashboard/css/style.min.css";

const { gateway, credential, bucket, folder } = await (await fetch("/config")).json();
const { id = "uppy", ...options } = JSON.parse(decodeURIComponent(location.search.slice(1)) || "{}");

/** Counts the listeners of Uppy. */
class Counted extends Uppy {
  listeners = 0;

  on(...listener) {
    this.listeners += 1;
    return super.on(...listener);
  }

  off(...listener) {
    this.listeners -= 1;
    return super.off(...listener);
  }
}

const seen = { success: [], errors: [], complete: 0, progress: [] };
const uppy = new Counted({ id });
uppy.use(Dashboard, { inline: true, target: "#main", showRemoveButtonAfterComplete: true, animateOpenClose: false });
uppy.use(GoldenRetriever, { indexedDB: { maxFileSize: 64e6, maxTotalSize: 64e6 } });
const { listeners } = uppy;
uppy.use(B2Uppy, {
  realm: gateway, credential: async () => credential, bucket, folder, partSize: 5e6, retryTimeout: 30_000, concurrency: 2, ...options,
});
seen.listeners = uppy.listeners - listeners;
uppy.on("upload-success", (file, { uploadURL, body, status }) => seen.success.push({ name: file.name, uploadURL, body, status }));
uppy.on("upload-error", (file, { name, kind, code, message }, response) => {
  seen.errors.push({ file: file.name, name, kind, code, message, response });
});
uppy.on("upload-progress", (file, { bytesUploaded, bytesTotal }) => seen.progress.push([file.name, bytesUploaded, bytesTotal]));
uppy.on("complete", ({ successful, failed }) => {
  seen.complete += 1;
  seen.last = [successful.length, failed.length];
});

/** Adds files that are made here: bytes without repetition. */
function make(count, size, name = "file") {
  uppy.addFiles(Array.from({ length: count }, (_, i) => {
    const words = new Uint32Array(Math.ceil(size / 4)).map((_, at) => Math.imul(at + 1, 0x9e3779b1) ^ (i * 0x85ebca6b));
    const data = new File([new Uint8Array(words.buffer, 0, size)], `${name}-${i}.txt`, { type: "text/plain", lastModified: 1e12 });
    return { name: data.name, type: data.type, data, source: "test" };
  }));
}

Object.assign(globalThis, { uppy, seen, make, plugin: uppy.getPlugin("B2"), ready: true });
