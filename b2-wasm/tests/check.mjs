// Assertions.

export function check(truth, message) {
  if (!truth) {
    throw new Error(message);
  }
}

export function equal(actual, expected) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  check(a === b, `${a} is not ${b}`);
}

export function sameBytes(actual, expected) {
  const a = new Uint8Array(actual);
  check(a.length === expected.length, `${a.length} bytes, not ${expected.length}`);
  check(a.every((byte, i) => byte === expected[i]), "the bytes differ");
}

export async function fails(kind, promise) {
  try {
    await promise;
  } catch (error) {
    check(error.name === "B2Error" && error.kind === kind, `${error.kind ?? error}: ${error.message}, not ${kind}`);
    return error;
  }
  throw new Error(`it did not fail with ${kind}`);
}

/** Returns bytes without repetition. */
export function pattern(length) {
  const words = new Uint32Array(Math.ceil(length / 4));
  let x = 0x2545f491;
  for (let i = 0; i < words.length; i += 1) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    words[i] = x;
  }
  return new Uint8Array(words.buffer, 0, length);
}
