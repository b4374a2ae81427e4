/** One image of a job, large: before and after, or why it failed. */

import { fill, h, outward } from "../dom.js";
import { title } from "../format.js";
import { icon } from "../icons.js";
import { compare } from "./compare.js";
import { copyButton } from "./copy.js";
import { pill } from "./states.js";

/** @import {Picture} from "../contract.js" */

/** A dialog over a page of images; `open` it at one of them. */
export function lightbox() {
  const heading = h("h2", { id: "lightbox-title" });
  const body = h("div.lightbox-body");
  const back = h("button", { type: "button", onclick: () => step(-1) }, icon("back"), "Previous");
  const on = h("button", { type: "button", onclick: () => step(1) }, "Next", icon("arrow"));
  const element = h(
    "dialog.wide.lightbox",
    { "aria-labelledby": "lightbox-title", onclose: () => fill(body) },
    h(
      "div.dialog-head",
      {},
      heading,
      h("span.grow"),
      back,
      on,
      h(
        "button.quiet.icon-only",
        { type: "button", "aria-label": "Close", onclick: () => element.close() },
        icon("cross"),
      ),
    ),
    body,
  );
  /** @type {Picture[]} */
  let pictures = [];
  let at = 0;
  let offset = 0;

  /** @param {Picture[]} page @param {number} place @param {number} before images on earlier pages */
  function open(page, place, before) {
    pictures = page;
    at = place;
    offset = before;
    show();
    element.showModal();
  }

  /** @param {number} by */
  function step(by) {
    at += by;
    show();
  }

  function show() {
    const picture = pictures[at];
    back.disabled = at === 0;
    on.disabled = at === pictures.length - 1;
    fill(heading, `Image ${offset + at + 1}`);
    fill(
      body,
      picture.status === "succeeded"
        ? compare(picture)
        : h(
            "div.print.bad",
            {},
            icon("warning"),
            h("p", {}, picture.error ? picture.error.message : "It has not been processed yet."),
          ),
      h(
        "dl.details",
        {},
        h(
          "div",
          {},
          h("dt", {}, "State"),
          h("dd", {}, pill(picture.status), picture.error && ` ${title(picture.error.code)}`),
        ),
        h("div", {}, h("dt", {}, "Source"), h("dd", {}, outward(picture.source_url))),
        picture.output_url &&
          h(
            "div",
            {},
            h("dt", {}, "Result"),
            h("dd", {}, outward(picture.output_url), copyButton("Copy", picture.output_url)),
          ),
        picture.output &&
          h("div", {}, h("dt", {}, "SHA-256"), h("dd", {}, h("code", {}, picture.output.sha256))),
      ),
    );
  }

  return { element, open };
}
