// The files that are stored: one folder of the bucket at a time.

import { say } from "./announce.js";
import { $, fromTemplate, setText } from "./dom.js";
import { FileRow } from "./file.js";
import { shownName } from "./format.js";
import { explain } from "./words.js";

/** So many rows are added at a time. */
const ROOM = 1000;

/** Shows the folder that the page's address names, below `prefix`. */
export class Folder {
  #bucket;
  #prefix;
  #path = "";
  #pages;
  /** By name: what B2 says of it, and its row once it has one. */
  #entries = new Map();
  #looking = 0;
  #room = 0;
  #frame;

  constructor(bucket, prefix) {
    this.#bucket = bucket;
    this.#prefix = prefix;
    addEventListener("hashchange", () => {
      this.open();
      $("entries-title").focus();
    });
    $("refresh").addEventListener("click", () => this.open());
    $("order").addEventListener("change", () => this.open());
    $("more").addEventListener("click", () => this.#more());
  }

  /** Where new files go. */
  get prefix() {
    return this.#prefix + this.#path;
  }

  /** Reads the folder from the start. What goes wrong is shown in its place. */
  async open() {
    this.#path = pathOf(location.hash);
    this.#looking += 1;
    this.#entries.clear();
    this.#breadcrumb();
    $("entries").replaceChildren();
    $("entries").dataset.path = this.#path;
    $("more").hidden = true;
    this.#room = 0;
    this.#pages = this.#bucket.ls({ prefix: this.prefix }).pages();
    await this.#more();
  }

  /** Shows a file that was just stored, without asking B2 again. */
  add(version) {
    if (!version.fileName.startsWith(this.prefix)) {
      return;
    }
    const [first, ...rest] = version.fileName.slice(this.prefix.length).split("/");
    this.#entry(rest.length === 0 ? version : { folder: `${this.prefix}${first}/` });
    // Many can be done at once.
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#render();
    });
  }

  /** Reads until there is enough to show; for the newest first everything, since B2 lists by name. */
  async #more() {
    const looking = this.#looking;
    this.#room += ROOM;
    const enough = $("order").value === "newest" ? Infinity : this.#room;
    $("entries").setAttribute("aria-busy", "true");
    setText($("folder-note"), this.#entries.size === 0 ? "Looking…" : "");
    try {
      while (this.#pages !== undefined && this.#entries.size < enough) {
        const { value, done } = await this.#pages.next();
        if (looking !== this.#looking) {
          return;
        }
        value?.forEach((entry) => this.#entry(entry));
        if (done) {
          this.#pages = undefined;
        }
      }
      this.#render();
    } catch (error) {
      if (looking === this.#looking) {
        setText($("folder-note"), explain(error));
        say(explain(error));
      }
    } finally {
      if (looking === this.#looking) {
        $("entries").setAttribute("aria-busy", "false");
      }
    }
  }

  #entry(entry) {
    const name = entry.folder ?? entry.fileName;
    const known = this.#entries.get(name);
    if (known === undefined || !entry.folder) {
      this.#entries.set(name, { entry });
    }
  }

  /** Folders first. Rows that stay where they are are not touched: one of them may have the focus. */
  #render() {
    const newest = $("order").value === "newest";
    const found = [...this.#entries].sort(([a, { entry }], [b, { entry: other }]) =>
      Number(!entry.folder) - Number(!other.folder)
      || (newest && !entry.folder ? other.uploadTimestamp - entry.uploadTimestamp : 0)
      || (a < b ? -1 : 1));
    const list = $("entries");
    const shown = found.slice(0, this.#room);
    shown.forEach(([name, place], i) => {
      place.row ??= this.#row(name, place.entry);
      if (list.children[i] !== place.row) {
        list.insertBefore(place.row, list.children[i] ?? null);
      }
    });
    while (list.children.length > shown.length) {
      list.lastElementChild.remove();
    }
    $("more").hidden = this.#pages === undefined && shown.length === found.length;
    setText($("folder-note"), found.length === 0 ? "Nothing here yet." : "");
    list.dataset.count = found.length;
  }

  #row(name, entry) {
    if (!entry.folder) {
      return new FileRow(this.#bucket, entry, name.slice(this.prefix.length)).element;
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
    const links = ["All files", ...steps].map((step, i) => {
      const link = document.createElement("a");
      link.textContent = shownName(step);
      link.href = hashOf(steps.slice(0, i).map((name) => `${name}/`).join(""));
      if (i === steps.length) {
        link.setAttribute("aria-current", "page");
      }
      const item = document.createElement("li");
      item.append(link);
      return item;
    });
    $("breadcrumb").replaceChildren(...links);
    setText($("entries-title"), `Stored files${this.#path === "" ? "" : ` in ${this.#path}`}`);
  }
}

/** `#/photos/2024/`: the slash keeps folders from being places in the page. */
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
