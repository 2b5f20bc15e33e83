// The stored files of one folder of the bucket.

import { say } from "./announce.js";
import { $, fromTemplate, setText } from "./dom.js";
import { FileRow } from "./file.js";
import { inFrames } from "./frames.js";
import { shownName } from "./format.js";
import { t } from "./strings.js";
import { explain } from "./words.js";

/** The number of rows that are added at once. */
const PAGE_ROWS = 1000;

/** The number of rows that are created in one frame while files are uploaded. */
const FRAME_ROWS = 32;

/** Shows the folder below `prefix` that the fragment of the page's URL contains. */
export class Folder {
  /** The client, its bucket, and what the grant allows with stored files. */
  b2;
  bucket;
  may = { rename: false, delete: false };
  #prefix;
  #path = "";
  #pages;
  /** The entries of the listing by name, with their rows once they have one. */
  #entries = new Map();
  #sorted = [];
  #listing = 0;
  #maxRows = 0;
  /** Several files may complete within one frame. */
  #renderSoon = inFrames(() => this.#render(FRAME_ROWS));

  constructor(b2, bucket, prefix) {
    Object.assign(this, { b2, bucket: b2.bucket(bucket) });
    this.#prefix = prefix;
    addEventListener("hashchange", () => {
      this.open();
      $("entries-title").focus();
    });
    $("refresh").addEventListener("click", () => this.open());
    $("order").addEventListener("change", () => this.open());
    $("more").addEventListener("click", () => this.#more());
  }

  /** The prefix of new files. */
  get prefix() {
    return this.#prefix + this.#path;
  }

  /** Lists the folder from the start. Shows an error in place of the listing. */
  async open() {
    this.#path = pathOf(location.hash);
    this.#listing += 1;
    this.#entries.clear();
    this.#sorted = [];
    this.#breadcrumb();
    $("entries").replaceChildren();
    $("entries").dataset.path = this.#path;
    $("more").hidden = true;
    this.#maxRows = 0;
    this.#pages = this.bucket.ls({ prefix: this.prefix }).pages();
    await this.#more();
  }

  /** Shows a file that was just stored, without another listing. */
  add(version) {
    if (!version.fileName.startsWith(this.prefix)) {
      return;
    }
    const [first, ...rest] = version.fileName.slice(this.prefix.length).split("/");
    this.#entry(rest.length === 0 ? version : { folder: `${this.prefix}${first}/` });
    this.#renderSoon();
  }

  /** Updates the row of a file. */
  update(name) {
    this.#entries.get(name)?.view?.update();
  }

  /** Shows why an action on a file failed. */
  complain(name, text) {
    this.#entries.get(name)?.view?.complain(text);
  }

  /** Removes a file from the listing, and adds a version in its place, if there is one. The focus goes to the next row. */
  replace(name, version) {
    const row = this.#entries.get(name)?.row;
    const next = row?.nextElementSibling ?? row?.previousElementSibling;
    const hadFocus = row?.contains(document.activeElement);
    this.#remove(name);
    if (version?.fileName.startsWith(this.prefix)) {
      this.#entry(version);
    }
    this.#render();
    if (hadFocus) {
      const focus = this.#entries.get(version?.fileName)?.row ?? next;
      (focus?.querySelector("button:not([hidden]), a") ?? $("entries-title")).focus();
    }
  }

  async #learn() {
    const capabilities = await this.b2.capabilities().catch(() => []);
    const may = (name) => capabilities.includes(name);
    this.may = { delete: may("deleteFiles"), rename: may("deleteFiles") && may("copyFiles") };
  }

  /** Lists until there are enough rows. To sort by time it lists everything, since B2 lists by name. */
  async #more() {
    const listing = this.#listing;
    this.#maxRows += PAGE_ROWS;
    const enough = $("order").value === "newest" ? Infinity : this.#maxRows;
    $("entries").setAttribute("aria-busy", "true");
    setText($("folder-note"), this.#entries.size === 0 ? t("looking") : "");
    try {
      while (this.#pages !== undefined && this.#entries.size < enough) {
        const [{ value, done }] = await Promise.all([this.#pages.next(), this.#learn()]);
        if (listing !== this.#listing) {
          return;
        }
        value?.forEach((entry) => this.#entry(entry));
        if (done) {
          this.#pages = undefined;
        }
      }
      this.#render();
    } catch (error) {
      if (listing === this.#listing) {
        setText($("folder-note"), explain(error));
        say(explain(error));
      }
    } finally {
      if (listing === this.#listing) {
        $("entries").setAttribute("aria-busy", "false");
      }
    }
  }

  #entry(entry) {
    const name = entry.folder ?? entry.fileName;
    const known = this.#entries.get(name);
    if (known !== undefined && entry.folder) {
      return;
    }
    this.#remove(name);
    const item = { name, entry };
    this.#entries.set(name, item);
    this.#sorted.splice(this.#positionOf(item), 0, item);
  }

  #remove(name) {
    const known = this.#entries.get(name);
    if (known !== undefined) {
      this.#entries.delete(name);
      this.#sorted.splice(this.#positionOf(known), 1);
    }
  }

  /** Returns the position of an item among the sorted ones: folders first. */
  #positionOf(item) {
    const newest = $("order").value === "newest";
    const compare = ({ name: a, entry }, { name: b, entry: other }) =>
      Number(!entry.folder) - Number(!other.folder)
      || (newest && !entry.folder ? other.uploadTimestamp - entry.uploadTimestamp : 0)
      || (a < b ? -1 : Number(a > b));
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.#sorted[middle], item) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * Renders the entries. Creates at most `most` rows, and the others in the next frames. Rows that keep their position are not
   * moved, since one may have the focus.
   */
  #render(most = Infinity) {
    let created = 0;
    const found = this.#sorted;
    const list = $("entries");
    const shown = found.slice(0, this.#maxRows);
    let at = list.firstElementChild;
    for (const item of shown) {
      if (item.row === undefined) {
        if (created === most) {
          this.#renderSoon();
          continue;
        }
        created += 1;
        item.row = this.#row(item.name, item);
      }
      if (at === item.row) {
        at = at.nextElementSibling;
      } else {
        list.insertBefore(item.row, at);
      }
    }
    while (at !== null) {
      const row = at;
      at = at.nextElementSibling;
      row.remove();
    }
    $("more").hidden = this.#pages === undefined && shown.length === found.length;
    setText($("folder-note"), found.length === 0 ? t("nothingHere") : "");
    list.dataset.count = found.length;
  }

  #row(name, item) {
    if (!item.entry.folder) {
      item.view = new FileRow(this, item.entry, name.slice(this.prefix.length));
      return item.view.element;
    }
    const row = fromTemplate("folder-row");
    const shown = name.slice(this.prefix.length, -1);
    row.dataset.folder = name;
    row.querySelector(".name").textContent = shownName(shown);
    row.querySelector("a").href = hashOf(name.slice(this.#prefix.length));
    return row;
  }

  #breadcrumb() {
    const steps = this.#path.split("/").filter((step) => step !== "");
    const links = [t("allFiles"), ...steps].map((step, i) => {
      const link = document.createElement("a");
      const name = document.createElement("bdi");
      name.textContent = shownName(step);
      link.append(name);
      link.href = hashOf(steps.slice(0, i).map((name) => `${name}/`).join(""));
      if (i === steps.length) {
        link.setAttribute("aria-current", "page");
      }
      const item = document.createElement("li");
      item.append(link);
      return item;
    });
    $("breadcrumb").replaceChildren(...links);
    setText($("entries-title"), this.#path === "" ? t("storedFiles") : t("storedFilesIn", { path: shownName(this.#path) }));
  }
}

/** Returns a fragment such as `#/photos/2024/`. The slash distinguishes folders from the IDs of elements. */
function hashOf(path) {
  return `#/${path.split("/").map(encodeURIComponent).join("/")}`;
}

function pathOf(hash) {
  if (!hash.startsWith("#/")) {
    return "";
  }
  try {
    return decodeURIComponent(hash.slice(2));
  } catch {
    return "";
  }
}
