// The row of a stored file: preview, download, link, another name, and deletion.

import { say } from "./announce.js";
import { $, fromTemplate, setIcon, setLabel, setText } from "./dom.js";
import { bytes, shownName, when } from "./format.js";
import { isPicture, preview } from "./preview.js";
import { askName } from "./rename.js";
import { deleteStored, renameStored } from "./stored.js";
import { t } from "./strings.js";
import { actLater, isWaiting, undo } from "./undo.js";
import { explain } from "./words.js";

/** The lifetime of a link, in seconds. */
const LINK_LIFETIME = 3600;

const LABELS = {
  preview: "preview", download: "download", stop: "stopDownload", link: "copyLink", rename: "rename", delete: "deleteFile",
  undo: "undo",
};

export class FileRow {
  #folder;
  #bucket;
  #version;
  #shown;
  #downloading;

  /** Creates the row of a version in `folder`, with the name that is shown there. */
  constructor(folder, version, shown) {
    this.#folder = folder;
    this.#bucket = folder.bucket;
    this.#version = version;
    this.#shown = shown;
    this.element = fromTemplate("file-row");
    this.element.dataset.stored = version.fileName;
    this.element.querySelector(".name").textContent = shownName(shown);
    setIcon(this.element.querySelector("svg"), isPicture(version) ? "image" : "file");
    const hidden = { preview: !isPicture(version), rename: !folder.may.rename, delete: !folder.may.delete };
    for (const button of this.element.querySelectorAll("button")) {
      const { action } = button.dataset;
      button.hidden = hidden[action] ?? false;
      setLabel(button, action, this.#labelOf(action));
      button.addEventListener("click", () => this.#act(button.dataset.action));
    }
    this.update();
  }

  /** Shows whether the file is about to be deleted. */
  update() {
    const { fileName } = this.#version;
    const waits = isWaiting(fileName);
    this.element.classList.toggle("discarded", waits);
    this.#note(waits ? t("aboutToBeDeleted") : undefined);
    const button = this.element.querySelector("[data-action=delete], [data-action=undo]");
    const action = waits ? "undo" : "delete";
    setLabel(button, action, this.#labelOf(action));
    setIcon(button.firstElementChild, waits ? "undo" : "bin");
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
      rename: () => this.#rename(),
      delete: () => this.#delete(),
      undo: () => undo([this.#version.fileName]),
    };
    try {
      await actions[action]();
    } catch (error) {
      if (error.name !== "AbortError") {
        this.complain(explain(error));
      }
    }
  }

  async #rename() {
    const name = await askName(this.#bucket, this.#folder.prefix, this.#shown);
    if (name !== undefined) {
      this.#note(t("renaming"));
      const copied = await renameStored(this.#folder.b2, this.#bucket, this.#version, name);
      this.#folder.replace(this.#version.fileName, copied);
      say(t("renamed"));
    }
  }

  #delete() {
    const folder = this.#folder;
    actLater([this.#version.fileName], {
      news: "deleting",
      changed: (name) => folder.update(name),
      act: async (name) => {
        try {
          await deleteStored(folder.b2, folder.bucket, name);
          folder.replace(name);
        } catch (error) {
          folder.complain(name, explain(error));
        }
      },
      focus: () => $("entries-title").focus(),
    });
  }

  /** Shows why an action failed. */
  complain(text) {
    this.#note(text);
    say(text);
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
