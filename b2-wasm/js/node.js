// Hosting a function from a request to a response with `node:http`.

import { Readable } from "node:stream";

/** A listener for `createServer` of `node:http` or `node:https`. */
export function toNodeListener(handler) {
  return (incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch((error) => {
      console.error("gateway:", error);
      outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(500).end();
    });
  };
}

async function answer(handler, incoming, outgoing) {
  const left = new AbortController();
  outgoing.once("close", () => left.abort());
  const request = requestOf(incoming, left.signal);
  if (request === undefined) {
    outgoing.writeHead(400, { connection: "close" }).end();
    return;
  }
  const response = await handler(request);
  const body = new Uint8Array(await response.arrayBuffer());
  response.headers.forEach((value, name) => outgoing.setHeader(name, value));
  if (!incoming.complete) {
    // What is left of the body is not worth waiting for.
    outgoing.setHeader("connection", "close");
  }
  outgoing.writeHead(response.status).end(body);
}

/** The request as a `Request`; `undefined` if its URL is none. */
function requestOf(incoming, signal) {
  const { method, headers, url, socket } = incoming;
  const whole = url.startsWith("/") ? `http${socket.encrypted ? "s" : ""}://${headers.host}${url}` : url;
  if (!URL.canParse(whole)) {
    return undefined;
  }
  const fields = new Headers();
  for (const [name, value] of Object.entries(incoming.headersDistinct)) {
    value.forEach((text) => fields.append(name, text));
  }
  const empty = method === "GET" || method === "HEAD";
  const body = empty ? undefined : Readable.toWeb(incoming);
  return new Request(whole, { method, headers: fields, body, signal, duplex: "half" });
}
