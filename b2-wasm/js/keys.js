// Where application keys belong.

import { B2Error } from "./errors.js";

/** Whoever can see a page can read its key, and with it do whatever the key may. */
export function keepOutOfPages({ dangerouslyAllowBrowser }) {
  if (typeof document !== "undefined" && !dangerouslyAllowBrowser) {
    throw new B2Error("InvalidInput",
      "an application key does not belong into a page: use a credential for a realm of your own, " +
      "or set dangerouslyAllowBrowser if everybody who can open this page may have the key");
  }
}
