/** One image before and after, on top of each other, with a slider between. */

import { fill, h, isWeb, outward } from "../dom.js";
import { bytes, change, number } from "../format.js";

/** @import {Picture} from "../contract.js" */

const MIDDLE = 50;

/**
 * @param {Picture} picture succeeded
 */
export function compare(picture) {
  const { input, output } = picture;
  const after = h("img.after", {
    alt: "After",
    src: isWeb(picture.output_url) ? picture.output_url : null,
    decoding: "async",
  });
  // Shown from where it is, which need not know who looks.
  const before = h("img.before", {
    alt: "Before",
    decoding: "async",
    referrerpolicy: "no-referrer",
    onerror: missing,
  });
  const slider = h("input", {
    type: "range",
    min: 0,
    max: 100,
    value: MIDDLE,
    step: 1,
    "aria-label": "How much of the original is shown",
    oninput: move,
  });
  const stage = h(
    "div.stage",
    {},
    after,
    h("div.cover", {}, before),
    h("div.seam", { "aria-hidden": "true" }),
    slider,
  );
  const note = h("p.muted.small");
  if (input?.width && input.height)
    stage.style.setProperty("--ratio", String(input.width / input.height));
  move();
  if (isWeb(picture.source_url)) before.src = picture.source_url;
  else missing();

  function move() {
    stage.style.setProperty("--at", `${slider.value}%`);
    slider.setAttribute("aria-valuetext", `${slider.value} percent original`);
  }

  function missing() {
    stage.classList.add("alone");
    slider.disabled = true;
    fill(
      note,
      "The original does not let itself be shown on other sites. ",
      outward(picture.source_url, "Open it in a tab"),
    );
  }

  return h(
    "figure.compare",
    {},
    stage,
    h(
      "figcaption",
      {},
      h(
        "div.side",
        {},
        h("span.label", {}, "Before"),
        input && h("strong", {}, bytes(input.bytes)),
        input && h("span.muted", {}, shape(input)),
      ),
      input && output && h("div.saving", {}, change(input.bytes, output.bytes)),
      h(
        "div.side.right",
        {},
        h("span.label", {}, "After"),
        output && h("strong", {}, bytes(output.bytes)),
        output && h("span.muted", {}, shape(output)),
      ),
    ),
    note,
  );
}

/** @param {{width: number|null, height: number|null, format: string|null}} image */
function shape({ width, height, format }) {
  const size = width && height ? `${number(width)} × ${number(height)}` : "";
  return [format?.toUpperCase(), size].filter(Boolean).join(" · ");
}
