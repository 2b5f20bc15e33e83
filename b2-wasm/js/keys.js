// Application keys in pages.

import { B2Error } from "./errors.js";

/** Refuses an application key in a page: everyone who can open the page could use it. */
export function keepOutOfPages({ dangerouslyAllowBrowser }) {
  if (typeof document !== "undefined" && !dangerouslyAllowBrowser) {
    throw new B2Error("InvalidInput",
      "an application key does not belong into a page: use a credential for a realm of your own, " +
      "or set dangerouslyAllowBrowser if everyone who can open this page may have the key");
  }
}
