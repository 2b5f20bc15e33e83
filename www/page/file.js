// The row of a stored file: preview, download and link.

import { say } from "./announce.js";
import { $, fromTemplate, setIcon, setLabel, setText } from "./dom.js";
import { bytes, shownName, when } from "./format.js";
import { isPicture, preview } from "./preview.js";
import { t } from "./strings.js";
import { explain } from "./words.js";

/** The lifetime of a link, in seconds. */
const LINK_LIFETIME = 3600;

const LABELS = { preview: "preview", download: "download", stop: "stopDownload", link: "copyLink" };

export class FileRow {
  #bucket;
  #version;
  #shown;
  #downloading;

  constructor(bucket, version, shown) {
    this.#bucket = bucket;
    this.#version = version;
    this.#shown = shown;
    this.element = fromTemplate("file-row");
    this.element.dataset.stored = version.fileName;
    this.element.querySelector(".name").textContent = shownName(shown);
    setIcon(this.element.querySelector("svg"), isPicture(version) ? "image" : "file");
    this.#note();
    for (const button of this.element.querySelectorAll("button")) {
      const { action } = button.dataset;
      button.hidden = action === "preview" && !isPicture(version);
      setLabel(button, action, this.#labelOf(action));
      button.addEventListener("click", () => this.#act(button.dataset.action));
    }
  }

  #labelOf(action) {
    return t("labelOf", { action: t(LABELS[action]), name: shownName(this.#shown) });
  }

  async #act(action) {
    const actions = {
      preview: () => preview(this.#bucket, this.#version, this.#shown),
      download: () => this.#download(),
      stop: () => this.#downloading?.abort(),
      link: () => this.#copyLink(),
    };
    try {
      await actions[action]();
    } catch (error) {
      if (error.name !== "AbortError") {
        this.#note(explain(error));
        say(explain(error));
      }
    }
  }

  /** Downloads the file: through the client, which verifies it, if the page can write files, and by a link otherwise. */
  async #download() {
    if (globalThis.showSaveFilePicker === undefined) {
      const link = document.createElement("a");
      // A file that the browser displays must not replace this page.
      Object.assign(link, { href: await this.#link(), download: this.#shown, target: "_blank", rel: "noreferrer" });
      link.click();
      return;
    }
    const handle = await showSaveFilePicker({ suggestedName: this.#shown });
    this.#downloading = new AbortController();
    const { signal } = this.#downloading;
    let showing;
    this.#label("stop", "stop");
    try {
      const download = await this.#bucket.download(this.#version.fileName, { signal });
      const { size } = this.#version;
      showing = setInterval(() => this.#note(t("partOf", { part: bytes(download.progress.received), size: bytes(size) })), 250);
      await download.saveTo(handle, { signal });
    } finally {
      clearInterval(showing);
      this.#note();
      this.#downloading = undefined;
      this.#label("download", "down");
    }
    this.#note(t("downloaded"));
    say(t("downloadedOne", { name: shownName(this.#shown) }));
  }

  /** Sets the action of the download button. */
  #label(action, icon) {
    const button = this.element.querySelector("[data-action=download], [data-action=stop]");
    setLabel(button, action, this.#labelOf(action));
    setIcon(button.firstElementChild, icon);
  }

  async #copyLink() {
    const link = await this.#link();
    try {
      await navigator.clipboard.writeText(link);
      this.#note(t("linkCopiedForHour"));
      say(t("linkCopied"));
    } catch {
      // Some browsers do not allow pages to write to the clipboard.
      $("link-text").value = link;
      $("link").showModal();
      $("link-text").select();
    }
  }

  #link() {
    return this.#bucket.getDownloadUrl(this.#version.fileName, { expiresIn: LINK_LIFETIME });
  }

  /** Shows a text below the name; by default size and time. */
  #note(text) {
    const { size, uploadTimestamp } = this.#version;
    const usual = uploadTimestamp === undefined ? bytes(size) : `${bytes(size)} · ${when(uploadTimestamp)}`;
    setText(this.element.querySelector(".detail"), text ?? usual);
  }
}
