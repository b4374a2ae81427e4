/** The bar of a job's images: succeeded, failed, and what is still to come. */

import { h } from "../dom.js";
import { counted, percent } from "../format.js";

/**
 * @param {{total: number, pending: number, succeeded: number, failed: number}} images
 * @param {string} [label]
 */
export function barOf(images, label = "Images done") {
  const total = images.total || 1;
  const done = (images.succeeded + images.failed) / total;
  const share = (/** @type {number} */ count) => `${(count / total) * 100}%`;
  return h(
    "div.bar",
    {
      role: "progressbar",
      "aria-label": label,
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-valuenow": Math.floor(done * 100),
      "aria-valuetext": `${percent(done)}, ${counted(images.failed, "image")} failed`,
    },
    h("span.done", { style: { width: share(images.succeeded) } }),
    h("span.fail", { style: { width: share(images.failed) } }),
  );
}
