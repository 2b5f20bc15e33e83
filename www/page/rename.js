// The dialog for the new name of a stored file.

import { $, setText } from "./dom.js";
import { findStored } from "./existing.js";
import { t } from "./strings.js";

/** Asks for a new name of the file `old` in a folder. Returns the full name; `undefined` if the visitor keeps the old one. */
export async function askName(bucket, folder, old) {
  const [dialog, input] = [$("rename"), $("rename-name")];
  input.value = old;
  problem("");
  dialog.returnValue = "";
  dialog.showModal();
  // The extension usually stays.
  const dot = old.lastIndexOf(".");
  input.setSelectionRange(0, dot > 0 ? dot : old.length);
  return new Promise((resolve) => {
    $("rename-form").onsubmit = async (event) => {
      event.preventDefault();
      const name = input.value;
      const wrong = await whatIsWrong(bucket, folder, name, old);
      if (wrong === undefined) {
        dialog.close(name);
      } else {
        problem(t(wrong));
        input.focus();
      }
    };
    dialog.onclose = () => {
      const name = dialog.returnValue;
      resolve(name === "" || name === old ? undefined : folder + name);
    };
  });
}

async function whatIsWrong(bucket, folder, name, old) {
  if (name === "" || name.includes("/")) {
    return "noName";
  }
  if (name === old) {
    return undefined;
  }
  const stored = await findStored(bucket, [folder + name]);
  return stored?.has(folder + name) ? "nameExists" : undefined;
}

function problem(text) {
  setText($("rename-problem"), text);
  $("rename-name").setAttribute("aria-invalid", text !== "");
}

$("rename-cancel").addEventListener("click", () => $("rename").close(""));
