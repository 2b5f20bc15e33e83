// The question what happens to files whose names exist.

import { $, setText } from "./dom.js";
import { bytes, shownName, when } from "./format.js";
import { t } from "./strings.js";

/** The last question: there is one dialog. */
let last = Promise.resolve();

/**
 * Asks what happens to each of `files`, `{ file, name, stored }`: `rename`, `version` or `skip`. The visitor can give one answer for
 * all of them. Returns the answers in the same order. Without an answer, the files are skipped.
 */
export function askAll(files, prefix) {
  const asked = last.then(() => askEach(files, prefix));
  last = asked.catch(() => {});
  return asked;
}

async function askEach(files, prefix) {
  const answers = [];
  for (const [i, file] of files.entries()) {
    const others = files.length - i - 1;
    const { answer, forAll } = await ask(file, prefix, others);
    answers.push(answer);
    if (forAll) {
      return [...answers, ...files.slice(i + 1).map(() => answer)];
    }
  }
  return answers;
}

function ask({ file, name, stored }, prefix, others) {
  const dialog = $("exists");
  setText($("exists-name"), shownName(name.slice(prefix.length)));
  const { size, uploadTimestamp } = stored;
  const time = uploadTimestamp === undefined ? "" : ` · ${when(uploadTimestamp)}`;
  setText($("exists-text"), t("existsText", { stored: `${bytes(size)}${time}`, chosen: bytes(file.size) }));
  $("exists-all").hidden = others === 0;
  setText($("exists-all").lastElementChild, t("forAll", { count: others }));
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const answer = dialog.returnValue;
      resolve(answer === ""
        ? { answer: "skip", forAll: true }
        : { answer, forAll: others > 0 && $("input-exists-all").checked });
    }, { once: true });
  });
}
