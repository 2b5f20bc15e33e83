// A script in Node or Deno, which must end by itself when its work is done.

import { mkdir, writeFile } from "node:fs/promises";
import { B2, folderAt } from "b2-wasm/sync";
import { Uploads } from "b2-wasm/uploads";

const [realm, keyId, key] = process.argv.slice(2);
const b2 = await B2.authorize({ realm, keyId, key });
const name = `script-${Math.floor(Math.random() * 1e9)}`;
await b2.createBucket(name);
const bucket = b2.bucket(name);

// Uploads that are done, cancelled, and of a list.
await bucket.upload({ content: "small" }, { name: "small" }).done;
await bucket.upload(new Blob([new Uint8Array(12_345_678)]), { name: "large" }).done;
const cancelled = bucket.upload(new Blob([new Uint8Array(12_345_678)]), { name: "cancelled" });
await cancelled.cancel();
await cancelled.done.catch(() => {});
const uploads = new Uploads({ b2, bucket: name });
const item = uploads.add(new File(["x"], "of a list"));
await new Promise((over) => uploads.addEventListener("change", () => item.isOver && over()));

// Downloads that are read to the end, in part, and not at all.
await (await bucket.download("large", { concurrency: 3 })).arrayBuffer();
for await (const _ of (await bucket.download("large")).stream()) {
  break;
}
await (await bucket.download("large")).stream().cancel();
await bucket.download("large");
await (await bucket.download("large", { concurrency: 3 })).stream().getReader().read();
await (await bucket.download("small")).saveTo(`${name}/missing/small`).catch(() => {});
await mkdir(name);
await (await bucket.download("small")).saveTo(`${name}/small`);

// Listings to the end, and of the first entry.
await bucket.ls({ recursive: true }).all();
for await (const _ of bucket.ls({ recursive: true })) {
  break;
}

// Synchronizations in both directions, and one that is cancelled. The destination does not exist.
await writeFile(`${name}/a`, "a");
await b2.sync(folderAt(name), { bucket: name, prefix: "folder" }).done;
const { downloaded } = await b2.sync({ bucket: name, prefix: "folder" }, folderAt(`${name}/of/copies`)).done;
const running = b2.sync(folderAt(name), { bucket: name, prefix: "another" });
await running.cancel();
await running.done.catch(() => {});
if (downloaded !== 2) {
  throw new Error(`${downloaded} files are downloaded`);
}
console.log("ok    a script ends when its work is done");
