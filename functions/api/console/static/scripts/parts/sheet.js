/** The contact sheet: a job's images page by page, with what became of each. */

import { call } from "../api.js";
import { fill, h, isWeb } from "../dom.js";
import { bytes, change, lastPart, title } from "../format.js";
import { icon } from "../icons.js";
import { lightbox } from "./lightbox.js";
import { pager } from "./pager.js";
import { empty, failed, loading } from "./states.js";

/** @import {Page, Picture} from "../contract.js" */

const LIMIT = 24;
const FILTERS = [
  ["", "All"],
  ["succeeded", "Succeeded"],
  ["failed", "Failed"],
  ["pending", "Pending"],
];

/** @param {string} jobId */
export function sheet(jobId) {
  const grid = h("div.sheet", {}, loading("Loading images"));
  const pages = pager("images", () => load(true));
  const box = lightbox();
  let status = "";
  let page = 0;
  let turn = 0;
  let over = false;
  /** What each frame shows, so that only what changed is drawn again. @type {string[]} */
  let drawn = [];
  const filters = FILTERS.map(([value, label]) =>
    h(
      "button",
      { type: "button", "aria-pressed": String(value === ""), onclick: () => choose(value) },
      label,
    ),
  );
  const element = h(
    "section.gallery",
    { "aria-labelledby": "images-title" },
    h(
      "div.row",
      {},
      h("h2", { id: "images-title" }, "Images"),
      h("span.grow"),
      h("div.filters", { role: "group", "aria-label": "Show images" }, filters),
    ),
    grid,
    pages.element,
    box.element,
  );

  /** @param {string} value */
  function choose(value) {
    status = value;
    filters.forEach((button, at) =>
      button.setAttribute("aria-pressed", String(FILTERS[at][0] === value)),
    );
    pages.first();
    load(true);
  }

  /** @param {boolean} [afresh] nothing of what is shown stays */
  async function load(afresh = false) {
    turn += 1;
    const mine = turn;
    if (afresh) {
      drawn = [];
      fill(grid, loading("Loading images"));
    }
    try {
      /** @type {Page<Picture>} */
      const found = await call("GET", `/v1/jobs/${jobId}/images`, {
        query: { limit: LIMIT, status, cursor: pages.here() },
      });
      if (mine === turn) show(found);
    } catch (error) {
      if (mine === turn && drawn.length === 0)
        fill(
          grid,
          failed(error, () => load(true)),
        );
    }
  }

  /** @param {Page<Picture>} found */
  function show({ items, next_cursor: next }) {
    pages.shown(next);
    page = pages.number() - 1;
    if (!items.length) {
      drawn = [];
      return fill(
        grid,
        empty(
          "No images",
          status
            ? `None is ${status}.`
            : over
              ? "None has come of it."
              : "They appear as the CSV is read.",
        ),
      );
    }
    if (!drawn.length) fill(grid);
    items.forEach((picture, at) => {
      const content = JSON.stringify(picture);
      if (drawn[at] === content) return;
      drawn[at] = content;
      const made = frame(picture, at, items);
      const old = grid.children[at];
      const focused = old === document.activeElement;
      if (old) old.replaceWith(made);
      else grid.append(made);
      if (old && focused) made.focus();
    });
    while (grid.children.length > items.length) grid.lastElementChild?.remove();
    drawn.length = items.length;
  }

  /** @param {Picture} picture @param {number} at @param {Picture[]} items */
  function frame(picture, at, items) {
    const place = page * LIMIT + at + 1;
    const name = lastPart(picture.source_url);
    return h(
      "button.frame",
      {
        type: "button",
        class: `frame ${picture.status}`,
        onclick: () => box.open(items, at, page * LIMIT),
      },
      h("span.shot", {}, shot(picture)),
      h(
        "span.edge",
        {},
        h("span", {}, h("span.visually-hidden", {}, "Image "), place),
        h(
          "span",
          {},
          picture.input && picture.output ? change(picture.input.bytes, picture.output.bytes) : "",
        ),
      ),
      h("span.caption", {}, name),
      h("span.muted", {}, told(picture)),
    );
  }

  /** @param {boolean} ended whether the job has, so that no more images come */
  function refresh(ended) {
    over = ended;
    load();
  }

  return { element, refresh };
}

/** @param {Picture} picture */
function shot(picture) {
  if (picture.status === "succeeded" && isWeb(picture.output_url)) {
    return h("img", { src: picture.output_url, alt: "", loading: "lazy", decoding: "async" });
  }
  return icon(picture.status === "failed" ? "warning" : "sun");
}

/** @param {Picture} picture */
function told({ status, error, input, output }) {
  if (error) return title(error.code);
  if (input && output) return `${bytes(input.bytes)} → ${bytes(output.bytes)}`;
  return title(status);
}
