// What users of frameworks would write. Compiled, not run.

import { Uppy, type Meta } from "@uppy/core";
import { memo, useCallback } from "react";
import { type UploadSnapshot, useUpload, useUploads, useUploadsProgress } from "b2-wasm/react";
import { B2 } from "b2-wasm/upload";
import type { UploadItem, Uploads } from "b2-wasm/uploads";
import { B2Uppy, type B2UppyBody } from "b2-wasm/uppy";

export const uppy = new Uppy<Meta, B2UppyBody>()
  .use(B2Uppy, {
    realm: "https://app.example/b2", credential: async () => "session", bucket: "media", limit: 2, concurrency: 4,
    name: (file) => `u/1/${file.meta.name}`, contentType: ({ type }) => type, info: ({ name }) => ({ name }),
    url: ({ fileName }, file) => `https://cdn.example/${fileName}?${file.id}`,
  });
uppy.use(B2Uppy, { id: "other", client: new B2({ credential: "session" }), bucket: "media", folder: async () => "u/1", encryption: { mode: "SSE-B2" } });
uppy.getPlugin("B2")?.setOptions({ limit: 5 });
uppy.setFileState("id", { b2: { name: "a", info: { color: "red" }, wholeSha1: true } });
uppy.on("upload-success", (file, { body, uploadURL }) => {
  const id: string | undefined = body?.fileId;
  console.log(file?.b2?.name, id, body?.sha1?.length, uploadURL);
});
// @ts-expect-error a page has a credential or a client
uppy.use(B2Uppy, { bucket: "media" });
// @ts-expect-error a client has its own credential
uppy.use(B2Uppy, { client: new B2({ credential: "session" }), credential: "session", bucket: "media" });
// @ts-expect-error there is no such option
uppy.use(B2Uppy, { client: new B2({ credential: "session" }), bucket: "media", buckets: [] });

const Row = memo(function Row({ item }: { item: UploadItem }) {
  const upload: UploadSnapshot = useUpload(item);
  const resume = useCallback(() => void upload.item.resume(), [upload.item]);
  return <button onClick={resume}>{upload.name} {upload.state} {upload.rate?.toFixed()} {upload.version?.fileId}</button>;
});

export function List({ uploads }: { uploads: Uploads | undefined }) {
  const items: readonly UploadItem[] = useUploads(uploads);
  const { fraction } = useUploadsProgress(uploads);
  return <>{fraction.toFixed(2)}{items.map((item) => <Row key={item.id} item={item} />)}</>;
}

// @ts-expect-error options are not a list
export const wrong = () => useUploads({ bucket: "media" });
