// Malformed and hostile requests to the hosts of the gateway.

import { connect } from "node:net";
import { equal } from "../check.mjs";

const LONG = "x".repeat(500_000);
const TOKEN = "authorization: bogus\r\n";

/** Requests that each host must refuse. `HOST` stands for the header. */
function requests() {
  const call = "/b2api/v4/b2_list_parts";
  const all = [
    `TRACE ${call} HTTP/1.1\r\nHOST\r\n`, "TRACE / HTTP/1.1\r\nHOST\r\n", "CONNECT b2.example:443 HTTP/1.1\r\nHOST\r\n",
    `PROPFIND ${call} HTTP/1.1\r\nHOST\r\n`, "OPTIONS * HTTP/1.1\r\nHOST\r\n", `GET ${call} HTTP/1.0\r\n\r\n`,
    `GET ${call} HTTP/1.1\r\n\r\n`, `GET ftp://a${call} HTTP/1.1\r\nHOST\r\n`, `GET http://u:p@a${call} HTTP/1.1\r\nHOST\r\n`,
    `GET ${call} HTTP/1.1\r\nHOST${"x: y\r\n".repeat(10_000)}\r\n`, `GET ${call} HTTP/1.1\r\nHOSTx: ${LONG}\r\n\r\n`,
    `GET /${LONG} HTTP/1.1\r\nHOST\r\n`, "\0".repeat(1_000), "letters\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    `POST ${call} HTTP/1.1\r\nHOST${TOKEN}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
    `POST ${call} HTTP/1.1\r\nHOST${TOKEN}content-length: -2\r\n\r\n{}`,
    `POST ${call} HTTP/1.1\r\nHOST${TOKEN}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST ${call} HTTP/1.1\r\nHOST${TOKEN}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    `POST ${call} HTTP/1.1\r\nHOST${TOKEN}content-length: 100000000\r\n\r\n${LONG}`,
    `POST ${call} HTTP/1.1\r\nHOST${TOKEN}expect: 100-continue\r\ncontent-length: 2\r\n\r\n`,
  ];
  for (const host of ["", "a b", "u@a", "u:p@a", "a/b", "a?b", "a#b", "a\\b", "a:b", "a:99999999", "[::1", "a%zz", "<a>"]) {
    for (const path of [call, "/b2api/v4/b2_authorize_account", "/"]) {
      all.push(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    }
  }
  return all.map((text) => text.replace("HOST", "host: 127.0.0.1\r\n"));
}

/** Returns what a host sends on one connection until it closes it. The client sends nothing more, but stays connected. */
export function raw(port, text) {
  return new Promise((answered) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: false });
    let got = "";
    socket.on("data", (data) => (got += data.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => answered(got));
    socket.end(text, "latin1");
  });
}

/**
 * Sends all requests. `connects`: `CONNECT` requests reach the host. No response may be a success, or contain details of the
 * program.
 */
export async function strange(port, { connects = true } = {}) {
  let count = 0;
  for (const text of requests().filter((text) => connects || !text.startsWith("CONNECT "))) {
    const answer = await raw(port, text);
    const statuses = [...answer.matchAll(/HTTP\/1\.[01] (\d+)/g)].map(([, status]) => Number(status));
    // "100 Continue" is not the final response.
    const final = statuses.filter((status) => status >= 200);
    const refused = final.every((status) => status === 204 || (status >= 400 && status < 500));
    const what = `${JSON.stringify(text.slice(0, 100))}: ${JSON.stringify(answer.slice(0, 300))}`;
    equal([refused, what], [true, what]);
    equal([/node:|\.js:\d|Error:| at /.test(answer), what], [false, what]);
    count += 1;
  }
  return count;
}
