/** Buttons that put text onto the clipboard. */

import { fill, h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @param {string} label
 * @param {string|(() => string)} text
 */
export function copyButton(label, text) {
  const button = h("button.quiet", { type: "button", onclick: copy }, icon("copy"), label);

  async function copy() {
    let done = "Copied";
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : text());
    } catch {
      done = "The browser did not let it be copied";
    }
    fill(button, icon("check"), done);
    setTimeout(() => fill(button, icon("copy"), label), 2000);
  }

  return button;
}
