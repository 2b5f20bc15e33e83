// The static text of the page, in the language of the visitor.

import { language, t } from "./strings.js";

/**
 * Sets the language and direction of the page, the texts of elements with `data-text` and the labels of those with `data-label`,
 * also in templates. The attributes have keys of sentences.
 */
export function translate() {
  Object.assign(document.documentElement, { lang: language, dir: t("direction") });
  const templates = [...document.querySelectorAll("template")].map(({ content }) => content);
  for (const scope of [document, ...templates]) {
    for (const element of scope.querySelectorAll("[data-text]")) {
      element.textContent = t(element.dataset.text);
    }
    for (const element of scope.querySelectorAll("[data-label]")) {
      const label = t(element.dataset.label);
      element.setAttribute("aria-label", label);
      if (element.hasAttribute("title")) {
        element.title = label;
      }
    }
  }
}
