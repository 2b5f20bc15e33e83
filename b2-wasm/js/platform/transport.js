// Requests. What is asked for is sent, once; what comes back is handed on. No retry, no redirect, no
// cookie, and no look at what an answer means.

/** For so many milliseconds a host is asked whether it answers at all. */
const PROBE = 5000;

/** Origins whose answers this page has read: their rules let it. */
const readable = new Set();

/** Origins that the page's own policy keeps it from. */
const forbidden = new Set();

if (typeof SecurityPolicyViolationEvent === "function") {
  globalThis.addEventListener("securitypolicyviolation", ({ effectiveDirective, disposition, blockedURI }) => {
    if (effectiveDirective === "connect-src" && disposition === "enforce") {
      forbidden.add(originOf(blockedURI));
    }
  });
}

/** Where nobody tells how much of a body was sent, it may take as long as on a line of 0.5 Mbit/s. */
const SLOWEST = 64 * 1024;

/** What there is to know of a place that is no browser; `undefined` in one. */
let server;

/** Makes requests as they are made in a place that is no browser; see `server.js`. */
export function runIn(place) {
  server = place;
}

/** Whether a body can be read while it is sent, although B2 must be told its length. */
export function streamsBodies() {
  return server?.streamsBodies() ?? false;
}

/** Whether answers may lack headers: a browser shows a page only those that CORS rules expose. */
export function hidesHeaders() {
  return server === undefined;
}

/** Why a request has no answer, for the module. Its message names the host, and nothing else of the URL. */
class RequestFailure extends Error {
  constructor(failure, message) {
    super(message);
    this.failure = failure;
  }
}

/**
 * Sends a request. `headers` are lines of `name:value`, here and in answers. `moved` is called with the number of
 * bytes of the body that were sent so far; it is given for bodies that are worth it. `hash`, where bodies can be
 * streamed, takes their chunks on the way, and then gives the digits to append.
 */
export function send(method, url, headers, body, idle, moved, hash) {
  const pairs = [...headers.matchAll(/([^:]+):([^\n]*)\n/g)].map((line) => line.slice(1));
  const request = { method, url, host: hostOf(url), headers: pairs, body, idle, moved, hash };
  if (namesDots(url)) {
    return failed(new RequestFailure("source",
      `${request.host}: HTTP cannot name a file with . or .. in its path; use its file id`));
  }
  const watched = moved && typeof XMLHttpRequest === "function";
  return watched ? new WatchedExchange(request) : new FetchExchange(request);
}

/** By XMLHttpRequest: the one way in a browser to hear how much of a body was sent. */
class WatchedExchange {
  #xhr = new XMLHttpRequest();
  #sent = 0;

  constructor(request) {
    this.answer = this.#run(request);
    this.answer.catch(() => {});
  }

  abort() {
    this.#xhr.abort();
  }

  async #run(request) {
    const xhr = this.#xhr;
    let late = false;
    const watchdog = new Watchdog(request.idle, () => {
      late = true;
      xhr.abort();
    });
    try {
      const ended = await new Promise((resolve) => {
        xhr.open(request.method, request.url);
        xhr.responseType = "arraybuffer";
        for (const [name, value] of request.headers) {
          xhr.setRequestHeader(name, value);
        }
        xhr.upload.onprogress = ({ loaded }) => {
          watchdog.feed();
          this.#sent = loaded;
          request.moved(loaded);
        };
        xhr.onprogress = () => watchdog.feed();
        xhr.onload = () => resolve(true);
        xhr.onerror = xhr.onabort = () => resolve(false);
        xhr.send(request.body);
      });
      if (!ended) {
        throw await whyNone(request, this.#sent, late);
      }
      readable.add(originOf(request.url));
      return new WholeAnswer(xhr.status, xhr.getAllResponseHeaders(), new Uint8Array(xhr.response ?? 0));
    } finally {
      watchdog.stop();
    }
  }
}

/** An answer that is all there. */
class WholeAnswer {
  #bytes;

  constructor(status, headers, bytes) {
    this.status = status;
    this.headers = headers;
    this.#bytes = bytes;
  }

  async chunk() {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    return bytes?.byteLength > 0 ? bytes : undefined;
  }
}

/** By fetch. */
class FetchExchange {
  #controller = new AbortController();

  constructor(request) {
    this.answer = this.#run(request);
    this.answer.catch(() => {});
  }

  abort() {
    this.#controller.abort();
  }

  async #run(request) {
    let late = false;
    const bite = () => {
      late = true;
      this.#controller.abort();
    };
    const length = request.body?.size ?? request.body?.byteLength ?? 0;
    const counted = streamsBodies() && request.moved !== undefined && (length > 0 || request.hash !== undefined);
    const unseen = counted ? 0 : length / SLOWEST;
    const watchdog = new Watchdog(request.idle + unseen * 1000, bite);
    let sent = 0;
    const init = {
      method: request.method,
      headers: request.headers,
      // Of an empty blob some runtimes do not say that it has no bytes; of no body, all do.
      body: length > 0 ? request.body : undefined,
      redirect: "manual",
      signal: this.#controller.signal,
      ...(server ? {} : { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" }),
    };
    if (counted) {
      server.streamBody(init, request, length, (total) => {
        watchdog.feed();
        sent = total;
        request.moved(total);
      });
    }
    try {
      const response = await fetch(request.url, init);
      if (response.type === "opaqueredirect") {
        throw new RequestFailure("broken", `${request.host}: it answers with a redirect`);
      }
      readable.add(originOf(request.url));
      watchdog.restart(request.idle);
      return new StreamedAnswer(request, response, this.#controller);
    } catch (error) {
      if (error instanceof RequestFailure) {
        throw error;
      }
      throw request.wrong ?? (await whyNone(request, sent, late, error));
    } finally {
      watchdog.stop();
    }
  }
}

/** An answer whose body arrives. */
class StreamedAnswer {
  #request;
  #reader;
  #controller;

  constructor(request, response, controller) {
    this.status = response.status;
    this.headers = [...response.headers].map((field) => field.join(":")).join("\n");
    this.#request = request;
    this.#reader = response.body?.getReader();
    this.#controller = controller;
  }

  async chunk() {
    let late = false;
    const watchdog = new Watchdog(this.#request.idle, () => {
      late = true;
      this.#controller.abort();
    });
    try {
      for (;;) {
        const { done, value } = (await this.#reader?.read()) ?? { done: true };
        if (done) {
          return undefined;
        }
        // An empty chunk would look like the end.
        if (value.byteLength > 0) {
          return value;
        }
      }
    } catch (error) {
      throw isOffline() ? offline(this.#request) : late ? tooLate(this.#request) : whyBroken(this.#request, error);
    } finally {
      watchdog.stop();
    }
  }
}

/** Bites when it is not fed for so many milliseconds. */
class Watchdog {
  #millis;
  #bite;
  #timer;

  constructor(millis, bite) {
    this.#bite = bite;
    this.restart(millis);
  }

  restart(millis) {
    this.#millis = Math.min(millis, 2 ** 31 - 1);
    this.feed();
  }

  feed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#bite, this.#millis);
  }

  stop() {
    clearTimeout(this.#timer);
  }
}

/** Why there is no answer. A browser says nothing; but some things can be found out. */
async function whyNone(request, sent, late, error) {
  if (request.body instanceof Blob && (await hasChanged(request.body))) {
    return new RequestFailure("sourceChanged", "the file cannot be read any more");
  }
  if (isOffline()) {
    return offline(request);
  }
  if (late) {
    return tooLate(request);
  }
  const withheld = sent === 0 && (await isWithheld(request.url));
  if (forbidden.has(originOf(request.url))) {
    return new RequestFailure("policy", request.host);
  }
  if (withheld) {
    const names = request.headers.map(([name]) => name).sort().join(", ");
    return new RequestFailure("cors",
      `${request.host} answers, but without permission for this page. A rule must allow the origin ${location.origin} ` +
      `and the headers ${names}; an error of a proxy looks the same`);
  }
  return whyBroken(request, error);
}

/**
 * Whether a host answers and the browser keeps the answers from this page: it has never let the page read one, and
 * it answers a request that no rule has to allow. Where there is no browser, nothing is withheld.
 */
async function isWithheld(url) {
  if (server !== undefined || typeof location === "undefined") {
    return false;
  }
  const origin = originOf(url);
  if (origin === location.origin || readable.has(origin)) {
    return false;
  }
  try {
    await fetch(url.split("?", 1)[0], {
      method: "HEAD",
      mode: "no-cors",
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(PROBE),
    });
    return !readable.has(origin);
  } catch {
    return false;
  }
}

/** The connection broke, or there was none. */
function whyBroken(request, error) {
  const { kind, why } = server?.explain(error) ?? { kind: "broken" };
  return new RequestFailure(kind, `${request.host}: ${why || "the connection broke"}`);
}

function isOffline() {
  return globalThis.navigator?.onLine === false;
}

function offline(request) {
  return new RequestFailure("offline", request.host);
}

function tooLate(request) {
  return new RequestFailure("timeout", `${request.host}: nothing moved for ${request.idle / 1000} s`);
}

/** A browser reports a file that has changed as a broken connection. Reading a byte of it tells. */
async function hasChanged(blob) {
  try {
    await blob.slice(0, 1).arrayBuffer();
    await blob.slice(-1).arrayBuffer();
    return false;
  } catch {
    return true;
  }
}

function failed(failure) {
  const answer = Promise.reject(failure);
  answer.catch(() => {});
  return { answer, abort() {} };
}

function hostOf(url) {
  return url.split("/", 3)[2] ?? "";
}

function originOf(url) {
  return url.split("/", 3).join("/");
}

/** HTTP libraries tidy paths: `a/../b` would become `b`, which at B2 is another file. */
function namesDots(url) {
  const path = url.split("?", 1)[0].split("/").slice(3);
  return path.some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
}
