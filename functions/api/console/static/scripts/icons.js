/** Drawings of a few lines each, in the colour of the text around them. */

import { svg } from "./dom.js";

const PATHS = {
  arrow: "M5 12h14m-6-6 6 6-6 6",
  back: "M19 12H5m6 6-6-6 6-6",
  check: "m5 13 4 4L19 7",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  cross: "M6 6l12 12M18 6 6 18",
  down: "M12 4v12m-5-5 5 5 5-5M5 20h14",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  key: "M14.5 9.5a4.5 4.5 0 1 1-3.2-4.3 4.5 4.5 0 0 1 3.2 4.3zm-1 3L20 19v2h-3v-2h-2v-2h-2l-1.500-1.500",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z",
  retry: "M4 12a8 8 0 0 1 14-5l2 2m0-5v5h-5M20 12a8 8 0 0 1-14 5l-2-2m0 5v-5h5",
  screen: "M3 5h18v11H3zM9 20h6m-3-4v4",
  send: "M4 12 20 4l-6 16-3-6.500z",
  stop: "M6 6h12v12H6z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.500 1.500m11 11L19 19M19 5l-1.500 1.500m-11 11L5 19",
  terminal: "m5 7 5 5-5 5m7 0h7",
  up: "M12 20V8m-5 5 5-5 5 5M5 4h14",
  warning: "M12 4 2.500 20h19zM12 10v4.500m0 2.500v.5",
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] }),
  );
}

/** The mark: a print, half of it developed under the lamp. */
export function logo() {
  return svg(
    "svg",
    { viewBox: "0 0 32 32", class: "logo", "aria-hidden": "true", focusable: "false" },
    svg("rect", { x: 1, y: 1, width: 30, height: 30, rx: 8, class: "logo-room" }),
    svg("path", { d: "M16 6a10 10 0 0 1 0 20z", class: "logo-lamp" }),
    svg("circle", { cx: 16, cy: 16, r: 9.2, class: "logo-ring" }),
  );
}
