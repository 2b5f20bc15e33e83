// Code of a server. It is compiled as an ES module and as CommonJS, with and without types of a platform, and not run.

import { B2, B2Error, type FileVersion } from "b2-wasm";
import { createGateway } from "b2-wasm/gateway";
import { createNodeServer } from "b2-wasm/gateway/node";
import { init } from "b2-wasm/slim";
import { B2 as Synchronizer, folderAt } from "b2-wasm/sync";
import { B2 as Uploader } from "b2-wasm/upload";
import { Uploads } from "b2-wasm/uploads";
import module from "b2-wasm/wasm/full.wasm";

export async function script(b2: B2, synchronizer: Synchronizer): Promise<number> {
  const bucket = b2.bucket("my-photos");
  const upload = bucket.upload({ content: "hello" }, {
    name: "a.txt",
    onprogress: ({ fraction }) => {
      const part: number = fraction;
      void part;
    },
  });
  upload.addEventListener("state", (event) => {
    const text: string = event.type + event.state;
    void text;
  });
  const stored: FileVersion = await upload.done;
  const download = await bucket.download("a.txt");
  const size: number = (await download.blob()).size;
  await init(new Uint8Array(8));
  await init(module);
  await synchronizer.sync(folderAt("photos"), { bucket: "my-photos" }).done;
  // @ts-expect-error: a number is no bytes, also where no platform declares `Blob`
  bucket.upload(12, { name: "a.txt" });
  return stored.size + size;
}

export const list = (b2: Uploader) => new Uploads({ b2, bucket: "my-photos" });
export const server = createNodeServer(createGateway({ keyId: "id", key: "key", secret: "secret" }));
export const failed = (error: unknown) => error instanceof B2Error && error.kind === "WasmUnavailable";
