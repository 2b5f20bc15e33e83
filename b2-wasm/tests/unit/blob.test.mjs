// Reading of blobs into buffers: `node --test b2-wasm/tests/unit`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BlobReader } from "../../js/platform/blob.js";

const PIECE = 1000;

function bytesOf(length) {
  return Uint8Array.from({ length }, (_, n) => (n * 7 + (n >> 8)) % 256);
}

/** A blob whose stream cannot fill buffers, as in some platforms; its chunks have this size. */
class Chunked extends Blob {
  constructor(bytes, size) {
    super([bytes]);
    this.chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.slice(n * size, (n + 1) * size));
  }

  stream() {
    return ReadableStream.from(this.chunks);
  }
}

async function piecesOf(blob, length = PIECE) {
  const reader = new BlobReader(blob, length);
  const pieces = [];
  do {
    pieces.push((await reader.fill()).slice());
  } while (pieces.at(-1).length === length);
  reader.close();
  return pieces;
}

const KINDS = [
  ["a stream of bytes", (bytes) => new Blob([bytes])],
  ["small chunks", (bytes) => new Chunked(bytes, 17)],
  ["large chunks", (bytes) => new Chunked(bytes, 4321)],
];

for (const [kind, blobOf] of KINDS) {
  test(`${kind}: all bytes in full pieces, and a shorter one at the end`, async () => {
    for (const length of [0, 1, PIECE - 1, PIECE, PIECE + 1, 12_345]) {
      const bytes = bytesOf(length);
      const pieces = await piecesOf(blobOf(bytes));
      assert.deepEqual(pieces.map((piece) => piece.length),
        [...Array(Math.floor(length / PIECE)).fill(PIECE), length % PIECE]);
      assert.deepEqual(Buffer.concat(pieces), Buffer.from(bytes));
    }
  });
}

test("the buffer of a reader is used by the next, if it is large enough", async () => {
  const bufferOf = async (length) => {
    const reader = new BlobReader(new Chunked(bytesOf(length), 100), length);
    const { buffer } = await reader.fill();
    reader.close();
    return buffer;
  };
  const first = await bufferOf(1_500_000);
  assert.equal(await bufferOf(2_000), first);
  assert.equal(await bufferOf(1_600_000), first);
  assert.notEqual(await bufferOf(3_000_000), first);
});

test("readers at the same time have buffers of their own", async () => {
  const blobs = [1, 2, 3].map((n) => new Chunked(Uint8Array.from({ length: 100 }, () => n), 10));
  const readers = blobs.map((blob) => new BlobReader(blob, 100));
  const pieces = await Promise.all(readers.map((reader) => reader.fill()));
  readers.forEach((reader) => reader.close());
  assert.deepEqual(pieces.map(([first, ...rest]) => rest.every((byte) => byte === first) && first), [1, 2, 3]);
});

test("a broken stream is explained by the blob", async () => {
  class Broken extends Blob {
    stream() {
      return new ReadableStream({ pull: () => Promise.reject(new TypeError("network error")) });
    }

    slice() {
      return { arrayBuffer: () => Promise.reject(new DOMException("it has changed", "NotReadableError")) };
    }
  }
  const reader = new BlobReader(new Broken(["bytes"]), 5);
  await assert.rejects(reader.fill(), { name: "NotReadableError" });
  reader.close();
});
