// How requests are made where there is no browser: in Node, Deno and Workers.

import { otherLength } from "./blob.js";

/** So many digits has a SHA-1. */
const DIGITS = 40;

/** What `transport.js` has to know of such a place. */
export const server = {
  /** Not in Deno. */
  streamsBodies() {
    return isNode() || typeof FixedLengthStream === "function";
  },

  /**
   * Gives a request a body that is read while it is sent, and hashed on the way if the request says so. `moved` hears
   * how many bytes were sent so far.
   */
  streamBody(init, request, length, moved) {
    let sent = 0;
    const check = (right) => {
      if (!right) {
        request.wrong = otherLength(sent, length);
        throw request.wrong;
      }
    };
    const body = request.body.stream().pipeThrough(new TransformStream({
      transform(chunk, controller) {
        sent += chunk.byteLength;
        check(sent <= length);
        request.hash?.(chunk);
        moved(sent);
        controller.enqueue(chunk);
      },
      flush(controller) {
        check(sent === length);
        if (request.hash) {
          controller.enqueue(new TextEncoder().encode(request.hash()));
        }
      },
    }));
    declareLength(init, length + (request.hash ? DIGITS : 0), body);
  },

  /** What Node, Deno and Bun say about a connection. */
  explain(error) {
    const cause = error?.cause ?? error;
    const why = typeof cause?.code === "string" ? cause.code : "";
    const text = `${why} ${cause?.message ?? ""}`;
    const kind = /ENOTFOUND|EAI_AGAIN|dns error|failed to lookup/.test(text) ? "unknownHost"
      : /CERT|TLS|SSL|certificate/.test(text) ? "tls"
      : /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|tcp connect error/.test(text) ? "connect"
      : "broken";
    return { kind, why };
  },
};

/** Makes a stream the body of a request that says how long it is. */
function declareLength(init, length, stream) {
  if (typeof FixedLengthStream === "function") {
    const fixed = new FixedLengthStream(length);
    // Whoever reads the other end is told of a failure.
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
