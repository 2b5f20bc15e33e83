// Tests of what can be uploaded, and of where downloads are saved to.

import { check, equal, fails, pattern, sameBytes } from "./check.mjs";

const PART = 5_000_000;

/** The tests. `disk`, if defined, creates files and opens them in the ways of Node. */
export function sourceTests({ disk }) {
  const here = {
    async "uploads what is iterated, no faster than it is sent"({ bucket, big }) {
      let given = 0;
      let most = 0;
      const going = bucket.upload((async function* () {
        for (let at = 0; at < big.length; at += 100_000) {
          given = at;
          most = Math.max(most, at - going.progress.accepted);
          yield big.subarray(at, at + 100_000);
        }
      })(), { name: "sources/iterated", partSize: PART, concurrency: 1 });
      equal((await going.done).size, big.length);
      check(given > 12_000_000 && most < 11_000_000, `${most} bytes were read ahead`);
      sameBytes(await (await bucket.download("sources/iterated")).arrayBuffer(), big);
      const failing = (async function* () {
        yield new Uint8Array(10);
        throw new Error("no more");
      })();
      const error = await fails("Source", bucket.upload(failing, { name: "sources/failing" }).done);
      check(error.message.includes("no more"), error.message);
      const words = bucket.upload({ content: (async function* () { yield 5; })() }, { name: "sources/words" });
      await fails("Source", words.done);
    },
    async "a text is content only where it is given as content"({ bucket }) {
      const error = await fails("InvalidInput", bucket.upload("movie.mp4", { name: "a" }).done);
      check(error.message.includes("{ content }") && error.message.includes("{ path }"), error.message);
      const file = await bucket.upload({ content: new Blob(["a"], { type: "text/plain" }) }, { name: "sources/content" }).done;
      equal([file.size, file.contentType], [1, "text/plain"]);
    },
    async "refuses streams that another reader has"({ bucket }) {
      const stream = new Blob(["a"]).stream();
      const reader = stream.getReader();
      const error = await fails("InvalidInput", bucket.upload(stream, { name: "sources/locked" }).done);
      check(error.message.includes("another reader"), error.message);
      await reader.cancel();
    },
    async "downloads several ranges at once as one stream, no faster than it is read"({ bucket }) {
      const large = pattern(30_000_000);
      await bucket.upload(new Blob([large]), { name: "sources/large", partSize: 10_000_000 }).done;
      const got = await bucket.download("sources/large", { concurrency: 3 });
      equal([got.version.size, got.verified], [large.length, undefined]);
      const reader = got.stream().getReader();
      let at = 0;
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          break;
        }
        check(value.every((byte, i) => byte === large[at + i]), `other bytes from ${at} on`);
        at += value.length;
        // Three ranges of 4 MiB, and what the platform has received of each.
        check(got.progress.received - at <= 3 * (4 << 20) + (2 << 20), `${got.progress.received - at} bytes are held`);
      }
      equal([at, got.progress.received, got.verified], [large.length, large.length, false]);
      const again = await bucket.download("sources/large", { concurrency: 2, range: [9_000_000, 19_000_000] });
      sameBytes(await again.arrayBuffer(), large.subarray(9_000_000, 19_000_000));
    },
    async "a large file with its SHA-1 is verified when it is downloaded"({ bucket, big }) {
      const file = await bucket.upload(new Blob([big]), { name: "sources/whole", partSize: PART, wholeSha1: true }).done;
      equal(file.fileInfo.large_file_sha1.length, 40);
      const got = await bucket.download("sources/whole", { concurrency: 2 });
      await got.arrayBuffer();
      equal(got.verified, true);
      const error = await fails("InvalidInput",
        bucket.upload(new Blob(["a"]).stream(), { name: "sources/x", wholeSha1: true }).done);
      check(error.message.includes("stream"), error.message);
    },
    async "saves a download to a stream"({ bucket, big }) {
      const chunks = [];
      const got = await bucket.download("sources/whole");
      const version = await got.saveTo(new WritableStream({ write: (chunk) => void chunks.push(chunk) }), { concurrency: 3 });
      equal([version.fileName, got.verified], ["sources/whole", true]);
      sameBytes(await new Blob(chunks).arrayBuffer(), big);
      const failing = new WritableStream({ write: () => Promise.reject(new Error("it is full")) });
      const error = await (await bucket.download("sources/whole")).saveTo(failing).catch((thrown) => thrown);
      equal(error.message, "it is full");
    },
    async "the bytes of a download can be read once"({ bucket }) {
      const got = await bucket.download("sources/content");
      equal(await got.text(), "a");
      for (const read of [() => got.text(), () => got.blob(), () => got.saveTo(new WritableStream())]) {
        const error = await fails("InvalidInput", read());
        check(error.message.includes("start another download"), error.message);
      }
      const other = await bucket.download("sources/content");
      const error = await fails("InvalidInput", other.saveTo(disk === undefined ? "a.txt" : 5));
      check(error.message.includes("WritableStream"), error.message);
      equal(await other.text(), "a");
    },
    async "a download ends when it is aborted"({ bucket }) {
      const abort = new AbortController();
      const got = await bucket.download("sources/large", { signal: abort.signal });
      const reader = got.stream().getReader();
      await reader.read();
      abort.abort(new Error("enough"));
      equal(await reader.read().catch(({ message }) => message), "enough");
    },
  };
  return disk === undefined ? here : { ...here, ...diskTests(disk) };
}

/** Tests of files in Node and Deno. */
function diskTests(disk) {
  return {
    async "uploads paths, and records the time of their modification"({ bucket, big }) {
      const path = await disk.create(big, "films", 1_600_000_000_123);
      for (const source of [{ path }, disk.url(path), { path: disk.url(path) }]) {
        const file = await bucket.upload(source, { partSize: PART }).done;
        equal([file.fileName, file.size], ["films", big.length]);
        equal(file.fileInfo, { src_last_modified_millis: "1600000000123" });
      }
      sameBytes(await (await bucket.download("films")).arrayBuffer(), big);
      const named = await bucket.upload({ path }, { name: "sources/path", info: { src_last_modified_millis: "5" } }).done;
      equal([named.fileName, named.fileInfo.src_last_modified_millis], ["sources/path", "5"]);
      const piece = await bucket.concatenate([{ path }, { content: "!" }], "sources/piece").done;
      equal(piece.size, big.length + 1);
      const missing = await fails("Source", bucket.upload({ path: `${path}.no` }).done);
      check(missing.message.includes(`${path}.no`), missing.message);
      const folder = await fails("Source", bucket.upload({ path: disk.folder(path) }).done);
      check(folder.message.includes("folder"), folder.message);
      await fails("InvalidInput", bucket.upload(new URL("https://example.com/a"), { name: "a" }).done);
    },
    async "uploads handles and streams of Node"({ bucket, big }) {
      const path = await disk.create(big, "handle");
      const handle = await disk.open(path, "r");
      const file = await bucket.upload(handle, { name: "sources/handle", partSize: PART }).done;
      equal(file.size, big.length);
      sameBytes(await (await bucket.download("sources/handle")).arrayBuffer(), big);
      equal((await handle.stat()).size, big.length);
      await fails("InvalidFileName", bucket.upload(handle).done);
      await handle.close();
      const stream = await bucket.upload(disk.readable(path), { name: "sources/readable", partSize: PART }).done;
      equal(stream.size, big.length);
      sameBytes(await (await bucket.download("sources/readable")).arrayBuffer(), big);
    },
    async "saves downloads to paths, which have all bytes or none"({ bucket, big }) {
      const info = { src_last_modified_millis: "1600000000123" };
      await bucket.upload(new Blob([big]), { name: "sources/saved", partSize: PART, wholeSha1: true, info }).done;
      const path = await disk.create(new Uint8Array(3), "saved");
      const got = await bucket.download("sources/saved");
      const version = await got.saveTo(path, { concurrency: 3 });
      equal([version.size, got.verified], [big.length, true]);
      sameBytes(await disk.read(path), big);
      equal([await disk.names(path), await disk.modified(path)], [["saved"], 1_600_000_000_123]);
      // The download fails when its file has a temporary name, and the file that was there stays.
      const abort = new AbortController();
      const leaving = await bucket.download("sources/large", { signal: abort.signal });
      const saving = leaving.saveTo({ path });
      const watch = setInterval(() => leaving.progress.received > 0 && abort.abort(new Error("left")), 1);
      equal(await saving.catch(({ message }) => message), "left");
      clearInterval(watch);
      sameBytes(await disk.read(path), big);
      equal(await disk.names(path), ["saved"]);
      const missing = await bucket.download("sources/saved");
      const error = await fails("Destination", missing.saveTo(`${path}.no/a`));
      check(error.message.includes(`${path}.no/a`), error.message);
      equal((await missing.arrayBuffer()).byteLength, big.length);
      const linked = await disk.link(path);
      await (await bucket.download("sources/content")).saveTo(disk.url(linked));
      equal((await disk.read(path)).length, 1);
    },
    async "saves downloads to handles and streams of Node"({ bucket, big }) {
      const path = await disk.create(new Uint8Array(3), "written");
      const handle = await disk.open(path, "w");
      await (await bucket.download("sources/saved")).saveTo(handle, { concurrency: 2 });
      await handle.close();
      sameBytes(await disk.read(path), big);
      const { stream, finished } = disk.writable(path);
      await (await bucket.download("sources/saved")).saveTo(stream);
      await finished;
      sameBytes(await disk.read(path), big);
    },
  };
}
