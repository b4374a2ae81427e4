/** Why images failed, as a chart of bars. */

import { call } from "../api.js";
import { fill, h, svg } from "../dom.js";
import { number, title } from "../format.js";

/** @import {Page, Picture} from "../contract.js" */

const MOST = 1000;
const WIDTH = 280;
const ROW = 36;
const EVERY = 5000;

/** @param {string} jobId */
export function reasons(jobId) {
  const element = h("section.panel.reasons", {
    hidden: true,
    "aria-labelledby": "reasons-title",
  });
  let known = 0;
  let at = 0;

  /**
   * Counts again when there are more or fewer, at the end at once and on the way now and then.
   *
   * @param {number} failed @param {boolean} over
   */
  async function show(failed, over) {
    if (failed === known || (!over && Date.now() - at < EVERY)) return;
    const before = known;
    known = failed;
    at = Date.now();
    try {
      await count(failed);
    } catch {
      known = before; // the figures beside say how many; the next change tries again
    }
  }

  /** @param {number} failed */
  async function count(failed) {
    element.hidden = failed === 0;
    if (failed === 0) return;
    /** @type {Page<Picture>} */
    const page = await call("GET", `/v1/jobs/${jobId}/images`, {
      query: { status: "failed", limit: MOST },
    });
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const { error } of page.items)
      counts.set(error?.code ?? "", (counts.get(error?.code ?? "") ?? 0) + 1);
    const sorted = [...counts].sort(([, a], [, b]) => b - a);
    fill(
      element,
      h("h2", { id: "reasons-title" }, "Why images failed"),
      page.next_cursor && h("p.muted.small", {}, `Of the first ${number(MOST)}.`),
      chart(sorted),
    );
  }

  return { element, show };
}

/** @param {[string, number][]} counts */
function chart(counts) {
  const most = Math.max(...counts.map(([, count]) => count));
  const height = counts.length * ROW;
  const text = counts.map(([code, count]) => `${title(code)}: ${count}`).join(", ");
  return svg(
    "svg",
    { class: "chart", role: "img", "aria-label": text, viewBox: `0 0 ${WIDTH} ${height}` },
    counts.map(([code, count], at) => {
      const y = at * ROW;
      return svg(
        "g",
        {},
        svg("text", { x: 0, y: y + 13 }, title(code)),
        svg("text", { x: WIDTH, y: y + 13, "text-anchor": "end", class: "count" }, number(count)),
        svg("rect", { x: 0, y: y + 19, width: WIDTH, height: 6, rx: 3, class: "track" }),
        svg("rect", {
          x: 0,
          y: y + 19,
          width: Math.max(6, (WIDTH * count) / most),
          height: 6,
          rx: 3,
          class: "value",
        }),
      );
    }),
  );
}
