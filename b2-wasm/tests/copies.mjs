// Tests of copies and of files made of pieces, in each runtime. In pages, the client may not look files up or download by ID.

import { check, equal, fails, pattern, sameBytes } from "./check.mjs";

/** Returns the bytes of all of these, one after the other. */
function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The tests. `bucket` has the bytes `big`, of two parts and a rest, under the name `big`. */
export function copyTests({ page }) {
  const bytesOf = async (bucket, name) => (await bucket.download(name)).arrayBuffer();
  const idOf = async (bucket) => (await bucket.listFileVersions("big").all())[0].fileId;
  return {
    async "copies a file, and a range of it"({ bucket, big }) {
      const fileId = await idOf(bucket);
      const states = [];
      const going = bucket.copy(fileId, "copies/whole", { onstate: ({ state }) => states.push(state) });
      const whole = await going.done;
      equal([whole.fileName, whole.size], ["copies/whole", big.length]);
      equal([states.includes("copying"), states.at(-1), going.progress.accepted], [true, "done", big.length]);
      sameBytes(await bytesOf(bucket, "copies/whole"), big);
      const part = await bucket.copy({ fileId, offset: 1_000, length: 2_000_000 }, "copies/range",
        { contentType: "text/plain", info: { color: "r\u00e9d" } }).done;
      equal([part.size, part.contentType, part.fileInfo.color], [2_000_000, "text/plain", "r\u00e9d"]);
      sameBytes(await bytesOf(bucket, "copies/range"), big.subarray(1_000, 2_001_000));
    },
    async "copies in parts, and goes on from a checkpoint"({ bucket, big, partSize }) {
      const source = { fileId: await idOf(bucket), length: big.length };
      const options = { contentType: "text/plain", info: {}, maxPartSize: 2 * partSize };
      const first = bucket.copy(source, "copies/parts", { ...options, concurrency: 1 });
      await new Promise((resolve, reject) => {
        first.addEventListener("checkpoint", ({ checkpoint }) => {
          if (JSON.parse(checkpoint).parts.length === 1) {
            first.cancel();
          }
        });
        first.done.then(reject, resolve);
      });
      await fails("Cancelled", first.done);
      const seen = [];
      const second = bucket.copy(source, "copies/parts", {
        ...options, checkpoint: first.checkpoint,
        onstarted: ({ resumed }) => seen.push(resumed), onprogress: ({ accepted }) => seen.push(accepted),
      });
      equal((await second.done).fileId, JSON.parse(first.checkpoint).fileId);
      check(seen[0] > 0 && seen.at(-1) === big.length, seen.join());
      sameBytes(await bytesOf(bucket, "copies/parts"), big);
    },
    async "concatenates files in B2 and bytes"({ bucket, big, partSize }) {
      const fileId = await idOf(bucket);
      const between = pattern(partSize);
      const states = [];
      const file = await bucket.concatenate(
        [{ fileId, length: 6_000_000 }, between, { fileId, offset: 6_000_000, length: big.length - 6_000_000 }],
        "copies/joined", { contentType: "text/plain", info: { of: "pieces" }, onstate: ({ state }) => states.push(state) }).done;
      equal([file.contentType, file.fileInfo.of], ["text/plain", "pieces"]);
      check(states.includes("copying") && states.at(-1) === "done", states.join());
      sameBytes(await bytesOf(bucket, "copies/joined"),
        joined(big.subarray(0, 6_000_000), between, big.subarray(6_000_000)));
    },
    async "concatenates pieces that are too small to be copied"({ bucket, big }) {
      const fileId = await idOf(bucket);
      if (page) {
        // They would have to be downloaded by ID.
        const small = [{ fileId, offset: 5, length: 10 }, new Blob(["x"]), { fileId, offset: 0, length: 6_000_000 }];
        for (const begin of [() => bucket.concatenate(small, "copies/small"), () => bucket.createFile(small, "copies/small")]) {
          const error = await fails("Unauthorized", begin().done);
          check(/at least 5000000 bytes.*download.*copy at least/.test(error.message), error.message);
        }
        equal((await bucket.listUnfinishedLargeFiles({ prefix: "copies/small" }).all()).length, 0);
        return;
      }
      const text = new TextEncoder().encode("h\u00e4llo");
      const pieces = [
        { fileId, offset: 5, length: 10 }, new Blob([text]), { fileId, length: 6_000_000 }, text, { content: "h\u00e4llo" },
        { fileId, offset: 12_000_000, length: 345_678 },
      ];
      const going = bucket.concatenate(pieces, "copies/small");
      equal((await going.done).size, 10 + 3 * text.length + 6_345_678);
      const expected =
        joined(big.subarray(5, 15), text, big.subarray(0, 6_000_000), text, text, big.subarray(12_000_000));
      sameBytes(await bytesOf(bucket, "copies/small"), expected);
      // The sizes of whole files are looked up.
      const twice = await bucket.concatenate([fileId, fileId], "copies/twice").done;
      equal(twice.size, 2 * big.length);
    },
    async "moves a file"({ bucket, big, partSize }) {
      const versions = async (name) => (await bucket.listFileVersions(name).all()).map(({ action }) => action);
      const source = await bucket.upload({ content: "moved" }, { name: "moves/a", contentType: "text/plain", info: { color: "red" } }).done;
      const states = [];
      const moved = await bucket.moveFile(source, "moves/b", { onstate: ({ state }) => states.push(state) }).done;
      equal([moved.fileName, moved.size, moved.contentType, moved.fileInfo.color], ["moves/b", 5, "text/plain", "red"]);
      equal([states.at(-1), await versions("moves/a"), await versions("moves/b")], ["done", [], ["upload"]]);
      equal(await (await bucket.download("moves/b")).text(), "moved");
      // By the id, with the source hidden.
      await bucket.moveFile(moved.fileId, "moves/c", { hide: true }).done;
      equal([await versions("moves/b"), await versions("moves/c")], [["hide", "upload"], ["upload"]]);
      // In parts.
      const large = await bucket.upload(new Blob([big]), { name: "moves/large", partSize }).done;
      await bucket.moveFile(large, "moves/parts", { maxPartSize: 2 * partSize, concurrency: 2 }).done;
      sameBytes(await bytesOf(bucket, "moves/parts"), big);
      equal(await versions("moves/large"), []);
      const [{ fileId }] = await bucket.listFileVersions("moves/parts").all();
      const rows = [
        [() => bucket.moveFile("", "x").done, /file ID/],
        [() => bucket.moveFile({}, "x").done, /file ID/],
        [() => bucket.moveFile(fileId, "moves/parts").done, /onto itself/],
        [() => bucket.moveFile(fileId, "x", { hide: true, bypassGovernance: true }).done, /bypassGovernance/],
        [() => bucket.moveFile(fileId, "x", { contentType: "text/plain" }).done, /contentType/],
        [() => bucket.moveFile(fileId, "x", { partSize }).done, /partSize/],
      ];
      for (const [moving, message] of rows) {
        const error = await fails("InvalidInput", moving());
        check(message.test(error.message), `${error.message} is not ${message}`);
      }
      await fails("InvalidFileName", bucket.moveFile(fileId, "").done);
      equal(await versions("moves/parts"), ["upload"]);
    },
    async "creates a file of pieces at offsets"({ bucket, big }) {
      const fileId = await idOf(bucket);
      const head = pattern(6_000_000).reverse();
      await bucket.createFile([
        { fileId, offset: head.length, length: big.length - head.length, at: head.length },
        { content: new File([head], "head"), at: 0 },
      ], "copies/created").done;
      sameBytes(await bytesOf(bucket, "copies/created"), joined(head, big.subarray(head.length)));
      const bytes = await bucket.createFile(["a", "b", "c"].map((content) => ({ content })), "copies/bytes").done;
      equal([bytes.size, await (await bucket.download("copies/bytes")).text()], [3, "abc"]);
    },
    async "refuses copies and pieces that make no sense"({ bucket, big }) {
      const fileId = await idOf(bucket);
      const rows = [
        [() => bucket.concatenate([], "x").done, /no pieces|nothing|empty/],
        [() => bucket.concatenate("abc", "x").done, /give an array of pieces/],
        [() => bucket.concatenate(new Uint8Array(3), "x").done, /give an array of pieces/],
        [() => bucket.concatenate(undefined, "x").done, /give an array of pieces/],
        [() => bucket.concatenate([{ content: "a", at: 0 }], "x").done, /pieces\[0\] has an offset.*use createFile/],
        [() => bucket.createFile([new Blob(["a"]), null], "x").done, /pieces\[1\] is neither bytes nor a file in B2/],
        [() => bucket.createFile([{ content: "a", length: 1 }], "x").done, /pieces\[0\] has `content` and `length`/],
        [() => bucket.createFile([{ content: 5 }], "x").done, /give a Blob/],
        [() => bucket.createFile([{ fileId, lenght: 1 }], "x").done, /lenght/],
        [() => bucket.createFile([{ fileId, length: 10, at: -1 }], "x").done, /-1/],
        [() => bucket.createFile([{ content: "a", at: 1 }], "x").done, /0\.\.1|offset|covered/],
        [() => bucket.copy("", "x").done, /file ID/],
        [() => bucket.copy({ offset: 1 }, "x").done, /file ID/],
        [() => bucket.copy({ fileId, ofset: 1 }, "x").done, /ofset/],
        [() => bucket.copy({ fileId, length: 0 }, "x").done, /no bytes/],
        [() => bucket.copy(fileId, "x", { contentType: "text/plain" }).done, /the file info is missing/],
        [() => bucket.copy(fileId, "x", { info: {} }).done, /the content type is missing/],
        [() => bucket.copy(fileId, "x", { wholeSha1: true }).done, /wholeSha1/],
        [() => bucket.copy(fileId, "x", { partSize: 5_000_000 }).done, /partSize.*maxPartSize/],
        [() => bucket.upload({ content: "x" }, { name: "x", maxPartSize: 5_000_000 }).done, /maxPartSize/],
      ];
      if (!page) {
        const beyond = new RegExp(`is not within 'big', which has ${big.length} bytes`);
        rows.push(
          [() => bucket.copy({ fileId, offset: big.length + 1 }, "x").done, beyond],
          [() => bucket.concatenate([{ fileId, offset: big.length - 9, length: 10 }], "x").done, beyond],
          [() => bucket.createFile([fileId, new Blob(["a"])], "x", { wholeSha1: true }).done, /SHA-1/],
        );
      }
      for (const [begin, message] of rows) {
        const error = await fails("InvalidInput", begin());
        check(message.test(error.message), `${error.message} is not ${message}`);
      }
      await fails("InvalidFileName", bucket.copy(fileId, "").done);
      await fails("InvalidFileName", bucket.concatenate(["a"]).done);
      const beyond = await bucket.copy({ fileId, offset: 0, length: big.length + 1 }, "x").done.catch((error) => error);
      check(["InvalidInput", "UnsatisfiableRange", "InvalidRange"].includes(beyond.kind), `${beyond.kind}: ${beyond.message}`);
      const gone = await bucket.copy("4_z000000000000000000000000_f000000000000000_d20200101_m000000_c000_v0000000_t0000", "x").done
        .catch((error) => error);
      check(["FileNotPresent", "BadRequest", "InvalidInput"].includes(gone.kind), `${gone.kind}: ${gone.message}`);
      const signal = AbortSignal.abort(new Error("enough"));
      equal(await bucket.copy(fileId, "x", { signal }).done.catch(({ message }) => message), "enough");
      equal((await bucket.listFileVersions("x").all()).length, 0);
    },
  };
}
