/** What stands where there is nothing to show yet, or nothing at all. */

import { h } from "../dom.js";
import { title } from "../format.js";
import { icon } from "../icons.js";

/** @import {Child} from "../dom.js" */

/** @param {string} [what] */
export function loading(what = "Loading") {
  return h(
    "div.loading",
    { role: "status" },
    h("span.visually-hidden", {}, `${what} …`),
    h("div.bone"),
    h("div.bone"),
    h("div.bone"),
  );
}

/**
 * @param {string} heading
 * @param {string} text
 * @param {...Child} more
 */
export function empty(heading, text, ...more) {
  return h("div.empty", {}, h("p.empty-title", {}, heading), h("p.muted", {}, text), more);
}

/**
 * @param {unknown} error
 * @param {() => void} again
 */
export function failed(error, again) {
  const text = error instanceof Error ? error.message : String(error);
  return h(
    "div.empty.bad",
    { role: "alert" },
    icon("warning"),
    h("p.empty-title", {}, "This could not be loaded"),
    h("p.muted", {}, text),
    h("button", { type: "button", onclick: again }, "Try again"),
  );
}

const SHOWN = {
  awaiting_upload: "wait",
  ingesting: "active",
  processing: "active",
  finalizing: "active",
  pending: "active",
  completed: "good",
  succeeded: "good",
  delivered: "good",
  rejected: "bad",
  failed: "bad",
  cancelled: "off",
  expired: "off",
};

/** A state in words and colour. @param {keyof typeof SHOWN} status */
export function pill(status) {
  return h("span.pill", { class: `pill ${SHOWN[status]}` }, title(status));
}
