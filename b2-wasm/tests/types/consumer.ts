// Code of an application. It is compiled with strict settings, and not run.

import { B2, B2Error, IndexedDbCache, IndexedDbStore, type FileVersion, type Folder } from "b2-wasm";
import { createGateway, type Grant } from "b2-wasm/gateway";
import { createNodeServer, toNodeListener } from "b2-wasm/gateway/node";
import {
  B2 as Synchronizer, folderAt, folderOf, type LocalFolder, type SyncReport, type Synchronization,
} from "b2-wasm/sync";
import { B2 as Uploader, CheckpointStore, matches, type Upload } from "b2-wasm/upload";
import { Uploads, type UploadItem } from "b2-wasm/uploads";

export async function script(keyId: string, key: string): Promise<string> {
  const cache = new IndexedDbCache({ onwarning: (error) => console.warn(error) });
  const b2 = await B2.authorize({ keyId, key, cache, store: new IndexedDbStore({ name: "mine" }) });
  const bucket = b2.bucket("photos");
  const stored: FileVersion = await bucket.upload({ content: "hello" }, { name: "a.txt", info: { color: "red" } }).done;
  for await (const entry of bucket.ls({ path: "2024" })) {
    const shown: string = "folder" in entry ? entry.folder : entry.fileName;
    console.log(shown);
  }
  const top: (FileVersion | Folder)[] = await bucket.ls().all();
  for await (const page of bucket.ls({ recursive: true }).pages()) {
    console.log(page[0]?.fileName, top.length);
  }
  const filters = [{ exclude: "*/drafts/*" }, { include: "*.final.jpg" }];
  const photos: FileVersion[] = await bucket.ls({ path: "2024/*.jpg", withWildcard: true, filters }).all();
  console.log(photos.length);
  const copy: FileVersion = await bucket.copy({ fileId: stored.fileId ?? "", offset: 1, length: 2 }, "b.txt", {
    contentType: "text/plain", info: {}, maxPartSize: 100_000_000, onstate: ({ state }) => console.log(state === "copying"),
  }).done;
  const moved: FileVersion = await bucket.moveFile(copy, "archive/b.txt", { hide: true }).done;
  await bucket.moveFile(moved.fileId ?? "", "b.txt", { bypassGovernance: false, maxPartSize: 100_000_000 }).done;
  await bucket.concatenate([copy.fileId ?? "", new Uint8Array(3), { content: "end" }], "c.txt", { concurrency: 2 }).done;
  await bucket.createFile([new Blob(["a"]), { content: "b", at: 1 }, { fileId: "4_z", at: 2 }], "d.txt").done;
  const got = await bucket.download(stored.fileName, { range: [0, 3], signal: AbortSignal.timeout(1_000) });
  await bucket.unhide("a.txt", { bypassGovernance: true });
  return got.text();
}

export async function protect(b2: B2, key: Uint8Array, until: Date): Promise<boolean | undefined> {
  const bucket = b2.bucket("photos");
  const encryption = { mode: "SSE-C", key, keyId: "2026" } as const;
  const file = await bucket.upload({ path: "movie.mp4" }, {
    encryption, fileRetention: { mode: "governance", retainUntilTimestamp: until }, legalHold: "on", wholeSha1: true,
  }).done;
  await bucket.upload((async function* () { yield key; })(), { name: "streamed" }).done;
  await bucket.upload({ content: new Response("a").body ?? "" }, { name: "a" }).done;
  await b2.updateFileRetention(file.fileName, file.fileId ?? "", { mode: null }, { bypassGovernance: true });
  await b2.updateFileLegalHold(file.fileName, file.fileId ?? "", "off");
  await bucket.copy(file.fileId ?? "", "copy", { sourceEncryption: encryption, encryption: { mode: "SSE-B2" } }).done;
  const rules = await bucket.getNotificationRules();
  await bucket.setNotificationRules([...rules, {
    name: "hook", eventTypes: ["b2:ObjectCreated:*"], targetConfiguration: { targetType: "webhook", url: "https://a.example" },
  }]);
  await bucket.update({ defaultRetention: { mode: "compliance", period: { duration: 1, unit: "days" } } });
  const got = await bucket.download("movie.mp4", { encryption, concurrency: 4 });
  await got.saveTo("copy.mp4", { concurrency: 8 });
  await got.saveTo(new WritableStream<Uint8Array>());
  return got.verified;
}

// @ts-expect-error a text is given as content
export const text = (b2: B2) => b2.bucket("b").upload("hello", { name: "a" });
// @ts-expect-error SSE-C needs a key
export const keyless = (b2: B2) => b2.bucket("b").upload(new Blob(), { name: "a", encryption: { mode: "SSE-C" } });
// @ts-expect-error a retention has an end
export const endless = (b2: B2) => b2.updateFileRetention("a", "4_z", { mode: "governance" });
// @ts-expect-error an upload page has no encryption
export const encrypted = (b2: Uploader) => b2.bucket("b").upload(new Blob(), { name: "a", encryption: { mode: "SSE-B2" } });

export function page(file: File, session: () => Promise<string>): Upload {
  const b2 = new Uploader({ realm: "https://app.example/b2", credential: session, allowHosts: ["cdn.example"] });
  const upload = b2.bucket("app-media").upload(file, {
    checkpoints: new CheckpointStore(),
    onprogress: ({ sent, accepted, total, fraction }) => console.log(sent - accepted, total?.toFixed(), fraction),
    onretry: ({ error, delay }) => console.log(error.kind, delay),
  });
  upload.addEventListener("state", ({ state }) => console.log(state === "paused"));
  upload.onprogress = ({ fraction }) => console.log(fraction);
  return upload;
}

export async function resume(file: File, b2: Uploader): Promise<Upload | undefined> {
  for (const entry of await new CheckpointStore().list()) {
    if (matches(entry, file)) {
      return b2.bucket(entry.bucket).upload(file, { name: entry.name, checkpoint: entry.checkpoint });
    }
  }
  return undefined;
}

export function explain(error: unknown): string {
  return error instanceof B2Error && error.kind === "Cors" ? error.message : "something else";
}

// @ts-expect-error a key comes with its id
export const missing = () => new B2({ key: "secret" });
// @ts-expect-error a cache is an IndexedDbCache
export const uncached = (key: string) => new B2({ keyId: "id", key, cache: new Map() });
// @ts-expect-error pieces that follow each other have no offsets
export const offsets = (b2: B2) => b2.bucket("b").concatenate([{ content: "a", at: 0 }], "a");
// @ts-expect-error an upload page has no copies
export const copied = (b2: Uploader) => b2.bucket("b").copy("4_z", "a");
// @ts-expect-error an upload is not the promise of its file version
export const awaited = async (b2: B2, file: File): Promise<FileVersion> => await b2.bucket("b").upload(file);
// @ts-expect-error bytes have no name
export const nameless = (b2: B2) => b2.bucket("b").upload(new Uint8Array(1), {});

export async function list(b2: Uploader | B2, files: Iterable<File>): Promise<UploadItem[]> {
  const uploads = new Uploads({ b2, bucket: "app-media", atOnce: 2 });
  uploads.addEventListener("change", ({ item }) => console.log(item.name, item.state, item.progress.accepted));
  uploads.addEventListener("warning", ({ error }) => console.warn(error));
  const left = await uploads.list();
  for (const file of files) {
    const before = left.find((item) => item.matches(file));
    const item = before ?? uploads.add(file, { name: `u/1/${file.name}`, info: { color: "red" } });
    await before?.resume(file);
    console.log(item.secondsLeft?.toFixed(), item.version?.fileId, item.retry?.error.kind);
  }
  return [...uploads.items];
}

export function host(key: string, sessions: Map<string, string>): (request: Request) => Promise<Response> {
  return createGateway({
    keyId: "id", key, secret: new Uint8Array(32), origins: ["https://app.example"], smallFiles: { relay: 1_000_000 },
    async authorize(request, { credential }): Promise<Grant | null> {
      const owner = credential === undefined ? undefined : sessions.get(credential);
      const upload = { maxBytes: 1_000, types: ["image/*"], names: { fixed: "avatar" } };
      return owner === undefined || request.method !== "GET"
        ? null : { owner, bucket: "app-media", prefix: `u/${owner}/`, lifetime: 900, upload };
    },
  });
}

export const listener = (key: string) => toNodeListener(host(key, new Map()));
export const server = (key: string) => createNodeServer(host(key, new Map()), { connections: 100 }).listen(8080);
// @ts-expect-error a gateway needs a secret
export const open = (key: string) => createGateway({ keyId: "id", key });
// @ts-expect-error there is no such option
export const typo = (key: string) => createGateway({ keyId: "id", key, secret: "", origin: [] });

export async function synchronize(drop: DataTransfer, handle: FileSystemDirectoryHandle, chosen: FileList): Promise<SyncReport> {
  const b2 = await Synchronizer.authorize({ realm: "https://app.example/b2", credential: "session" });
  const folders: LocalFolder[] = [folderOf(drop), folderOf(handle), folderOf(chosen), folderAt("photos")];
  const running: Synchronization = b2.sync(folderOf(drop.items), { bucket: "app-media", prefix: "photos" }, {
    compare: "sha1", newerFiles: "skip", keepDays: 30, maxDelete: "10%", filters: [{ exclude: "*.tmp" }], dryRun: true,
    filesFrom: ["a.jpg", "b/c.jpg"], noTraverse: true, explain: true,
    onexplained: ({ name, transfer, reason }) => console.log(name, transfer ? "transfer" : "leave", reason),
    onprogress: ({ transferred, toTransfer }) => console.log(transferred / toTransfer),
    onfailed: ({ name, error }) => console.log(name, error.kind),
  });
  running.addEventListener("removed", (event) => console.log(event.name, event.action === "deleteVersion" && event.fileId));
  running.pause();
  running.resume();
  const own: LocalFolder = {
    async *entries(wants) {
      yield wants("a") ? [{ name: "a", size: 1, modified: 0 }] : [];
    },
    open: async (name) => new File(["a"], name),
  };
  await b2.sync(own, { bucket: b2.bucket("app-media") }, { signal: AbortSignal.timeout(1_000), maxDelete: Infinity }).done;
  await b2.sync({ bucket: "app-media" }, folders[1] ?? own, { compare: "size" }).done;
  return running.done;
}
