// How requests are made outside of browsers: in Node, Deno and Workers.

export const server = {
  /** Whether a body can be read while it is sent, although B2 must be told its length. Not in Deno. */
  streamsBodies() {
    return isNode() || typeof FixedLengthStream === "function";
  },

  /**
   * Sets a body that is read while it is sent. `onSent` is called with the number of bytes sent so far, `onWrongLength` with
   * the number of bytes of a blob that has more or fewer than it says. `hash`, if given, takes the chunks; called without
   * one, it returns the digits to append.
   */
  streamBody(init, blob, onSent, onWrongLength, hash) {
    const length = blob.size;
    let sent = 0;
    const check = (right) => {
      if (!right) {
        onWrongLength(sent);
        throw new Error("the body has another length");
      }
    };
    const body = blob.stream().pipeThrough(new TransformStream({
      transform(chunk, controller) {
        sent += chunk.byteLength;
        check(sent <= length);
        hash?.(chunk);
        onSent(sent);
        controller.enqueue(chunk);
      },
      flush(controller) {
        check(sent === length);
        if (hash) {
          controller.enqueue(new TextEncoder().encode(hash()));
        }
      },
    }));
    declareLength(init, length + (hash ? DIGITS : 0), body);
  },

  /** What Node, Deno and Bun say about a connection. */
  explain(error) {
    const cause = error?.cause ?? error;
    const code = typeof cause?.code === "string" ? cause.code : "";
    const text = `${code} ${cause?.message ?? ""}`;
    const kind = /ENOTFOUND|EAI_AGAIN|dns error|failed to lookup/.test(text) ? "unknownHost"
      : /CERT|TLS|SSL|certificate/.test(text) ? "tls"
      : /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|tcp connect error/.test(text) ? "connect"
      : "broken";
    return { kind, code };
  },
};

/** Returns `server` outside of browsers, in scripts that are used everywhere. */
export function serverHere() {
  const outside = isNode() || typeof Deno === "object" || typeof Bun === "object" || typeof FixedLengthStream === "function";
  return outside ? server : undefined;
}

/** The number of hexadecimal digits of a SHA-1. */
const DIGITS = 40;

/** Makes a stream the body of a request that declares its length. */
function declareLength(init, length, stream) {
  if (typeof FixedLengthStream === "function") {
    const fixed = new FixedLengthStream(length);
    // The reader of the other end sees the failure.
    stream.pipeTo(fixed.writable).catch(() => {});
    init.body = fixed.readable;
  } else {
    init.duplex = "half";
    init.headers = [...init.headers, ["content-length", String(length)]];
    init.body = stream;
  }
}

function isNode() {
  return typeof process === "object" && process.versions?.node !== undefined
    && typeof Deno === "undefined" && typeof Bun === "undefined";
}
