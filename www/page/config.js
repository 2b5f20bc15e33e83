// What the page's own server says: where to upload, and what the visitor's session is worth now.

/** The longest wait between two attempts, in milliseconds. */
const LONGEST = 30_000;

/** So long a credential is asked for while an upload waits for it. */
const TIMEOUT = 600_000;

/** A failure whose message a visitor can read. */
class ConfigError extends Error {
  forVisitors = true;

  constructor(message, { mayPass = false, ...options } = {}) {
    super(message, options);
    this.mayPass = mayPass;
  }
}

/** Asks once. In your application the session says who the visitor is. No key of B2 ever comes near the page. */
async function ask() {
  let response;
  try {
    response = await fetch("config.json");
  } catch (cause) {
    throw new ConfigError("The server of this page cannot be reached.", { cause, mayPass: true });
  }
  const { status } = response;
  if (status === 401 || status === 403) {
    throw new ConfigError("Your session has ended. Reload the page to sign in again.");
  }
  if (status === 408 || status === 429 || status >= 500) {
    throw new ConfigError("The server of this page cannot answer at the moment.", { mayPass: true });
  }
  try {
    if (response.ok) {
      return await response.json();
    }
  } catch {
    // Something else has answered, or half of it was lost.
  }
  throw new ConfigError("The server of this page does not say where to upload.", { mayPass: response.ok });
}

/** Requests the configuration until there is a response, for `timeout` milliseconds. `failing(error)` is called after a failure. */
export async function config({ failing = () => {}, timeout = TIMEOUT } = {}) {
  const until = performance.now() + timeout;
  for (let wait = 500; ; wait = Math.min(2 * wait, LONGEST)) {
    try {
      return await ask();
    } catch (error) {
      if (!error.mayPass || performance.now() + wait > until) {
        throw error;
      }
      failing(error);
    }
    await pause(wait);
  }
}

/** Ends early when the network is back. */
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
