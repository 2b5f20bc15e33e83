// The configuration of the page: the realm, the bucket, the prefix and the visitor's credential.

import { t } from "./strings.js";

/** The longest delay between two attempts, in milliseconds. */
const LONGEST = 30_000;

/** The time for which a failed request is repeated, in milliseconds. */
const TIMEOUT = 600_000;

/** An error with a message for visitors. */
class ConfigError extends Error {
  forVisitors = true;

  constructor(message, { mayPass = false, ...options } = {}) {
    super(message, options);
    this.mayPass = mayPass;
  }
}

/** Requests the configuration once. In your application, the session identifies the visitor. It contains no key of B2. */
async function request() {
  let response;
  try {
    response = await fetch("config.json");
  } catch (cause) {
    throw new ConfigError(t("serverUnreachable"), { cause, mayPass: true });
  }
  const { status } = response;
  if (status === 401 || status === 403) {
    throw new ConfigError(t("errorSession"));
  }
  if (status === 408 || status === 429 || status >= 500) {
    throw new ConfigError(t("serverBusy"), { mayPass: true });
  }
  try {
    if (response.ok) {
      return await response.json();
    }
  } catch {
    // The response is not JSON, or incomplete.
  }
  throw new ConfigError(t("serverUnclear"), { mayPass: response.ok });
}

/** Requests the configuration until there is a response, for `timeout` milliseconds. `failing(error)` is called after a failure. */
export async function config({ failing = () => {}, timeout = TIMEOUT } = {}) {
  const until = performance.now() + timeout;
  for (let wait = 500; ; wait = Math.min(2 * wait, LONGEST)) {
    try {
      return await request();
    } catch (error) {
      if (!error.mayPass || performance.now() + wait > until) {
        throw error;
      }
      failing(error);
    }
    await pause(wait);
  }
}

/** Waits; ends early when the network is available again. */
function pause(millis) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, millis);
    addEventListener("online", end);
  });
}
