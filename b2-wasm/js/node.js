// Hosting a function from a request to a response with `node:http`.

import { createServer } from "node:http";
import { B2Error } from "./errors.js";

/** The default limits of a server. Times are in milliseconds. */
const LIMITS = {
  connections: 1_024,
  headTime: 15_000,
  headSize: 64 << 10,
  bodyTime: 300_000,
  answerTime: 60_000,
};
/** Methods that `Request` does not have. */
const STRANGE = new Set(["CONNECT", "TRACE", "TRACK"]);
/** How much of an unwanted body is read and discarded, so that its sender receives the response. */
const LINGER_BYTES = 1 << 20;
const LINGER_TIME = 5_000;
/** How many headers a request has at most. */
const HEADERS = 200;

/** Creates a server of `node:http` that disconnects slow clients and limits the number of connections. */
export function createNodeServer(handler, limits = {}) {
  const unknown = Object.keys(limits).find((name) => !(name in LIMITS));
  if (unknown !== undefined) {
    throw new B2Error("InvalidInput", `createNodeServer: there is no limit \`${unknown}\`, but ${Object.keys(LIMITS).join(", ")}`);
  }
  const { connections, headTime, headSize, bodyTime, answerTime } = { ...LIMITS, ...limits };
  const listener = toNodeListener(handler, { answerTime });
  const server = createServer({
    maxHeaderSize: headSize,
    headersTimeout: headTime,
    requestTimeout: headTime + bodyTime,
    keepAliveTimeout: headTime,
    connectionsCheckingInterval: Math.ceil(Math.min(headTime / 2, 5_000)),
  }, listener);
  server.maxConnections = connections;
  // By default Node drops headers beyond a number without an error, and a second token could be among them.
  server.maxHeadersCount = 0;
  server.on("connect", (_, socket) => socket.end("HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\n\r\n"));
  // A client that waits for "100 Continue" gets it when the body is read.
  return server.on("checkContinue", listener);
}

/** Creates a listener for `createServer` of `node:http` or `node:https`. */
export function toNodeListener(handler, { answerTime = LIMITS.answerTime } = {}) {
  if (typeof handler !== "function") {
    throw new B2Error("InvalidInput", "the handler is a function from a Request to a Response, such as that of createGateway");
  }
  return (incoming, outgoing) => {
    answer(handler, incoming, outgoing, answerTime).catch((error) => {
      if (outgoing.destroyed) {
        // The connection is closed.
        return;
      }
      console.error("gateway:", error);
      outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(500, { connection: "close" }).end();
    });
  };
}

async function answer(handler, incoming, outgoing, answerTime) {
  const left = new AbortController();
  outgoing.once("close", () => left.abort());
  const body = bodyOf(incoming, outgoing);
  const request = requestOf(incoming, body.stream, left.signal);
  if (typeof request === "number") {
    outgoing.writeHead(request, { connection: "close" }).end();
    return;
  }
  const response = await handler(request);
  const bytes = new Uint8Array(await response.arrayBuffer());
  response.headers.forEach((value, name) => outgoing.setHeader(name, value));
  // If the connection is closed before the whole body was received, the client must not send another request on it. A proxy
  // may see another end of a chunked body.
  const more = body.begun || Number(incoming.headers["content-length"]) > LINGER_BYTES;
  if ((!incoming.complete && more) || "transfer-encoding" in incoming.headers) {
    outgoing.setHeader("connection", "close");
  }
  const slow = setTimeout(() => incoming.destroy(), answerTime);
  outgoing.once("finish", () => clearTimeout(slow)).once("close", () => clearTimeout(slow));
  if (response.body !== null) {
    outgoing.setHeader("content-length", bytes.length);
  }
  outgoing.writeHead(response.status).end(bytes);
  if (!incoming.complete && !body.begun) {
    linger(incoming);
  }
}

/** Returns the request as a `Request`, or a status if it cannot be one. */
function requestOf(incoming, stream, signal) {
  const { method, headers, url, socket, httpVersionMajor } = incoming;
  if (httpVersionMajor !== 1) {
    return 400;
  }
  // Names and values, one after the other. Node counts only their bytes.
  if (incoming.rawHeaders.length > 2 * HEADERS) {
    return 431;
  }
  if (STRANGE.has(method)) {
    return 405;
  }
  const { host } = headers;
  if (url.startsWith("/") && !host) {
    return 400;
  }
  const whole = url.startsWith("/") ? `http${socket.encrypted ? "s" : ""}://${host}${url}` : url;
  const parsed = URL.canParse(whole) ? new URL(whole) : undefined;
  if (!/^https?:$/.test(parsed?.protocol) || parsed.username || parsed.password) {
    return 400;
  }
  // A host consists of a name and a port.
  if (url.startsWith("/") && /[/?#\\@]/.test(host)) {
    return 400;
  }
  // Dot segments are refused: `Request` would resolve them, and a proxy might not.
  const path = whole.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*/s, "") || "/";
  if (path !== parsed.pathname) {
    return 400;
  }
  const fields = new Headers();
  for (const [name, value] of Object.entries(incoming.headersDistinct)) {
    value.forEach((text) => fields.append(name, text));
  }
  const body = method === "GET" || method === "HEAD" ? undefined : stream;
  return new Request(whole, { method, headers: fields, body, signal, duplex: "half" });
}

/** Returns the body as a stream that reads nothing before it is requested. */
function bodyOf(incoming, outgoing) {
  let chunks;
  const body = { begun: false };
  body.stream = new ReadableStream({
    async pull(controller) {
      if (!body.begun) {
        body.begun = true;
        if (/^100-continue$/i.test(incoming.headers.expect)) {
          outgoing.writeContinue();
        }
        chunks = incoming.iterator({ destroyOnReturn: false });
      }
      const { value, done } = await chunks.next();
      done ? controller.close() : controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.length));
    },
  }, { highWaterMark: 0 });
  return body;
}

/** Discards a part of an unwanted body, then closes the connection. */
function linger(incoming) {
  let room = LINGER_BYTES;
  const late = setTimeout(() => incoming.destroy(), LINGER_TIME);
  incoming.once("close", () => clearTimeout(late)).once("end", () => clearTimeout(late));
  incoming.on("data", ({ length }) => {
    room -= length;
    if (room < 0) {
      incoming.destroy();
    }
  });
}
