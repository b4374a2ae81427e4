/** Pages of a list whose answers name the next page only: the way back is remembered here. */

import { fill, h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @param {string} label of the list, for screen readers
 * @param {(cursor: string|null) => void} show
 */
export function pager(label, show) {
  /** Cursors of the pages so far, this one's last. @type {(string|null)[]} */
  let trail = [null];
  /** @type {string|null} */
  let next = null;
  const element = h("nav.pager", { "aria-label": `Pages of ${label}`, hidden: true });

  function first() {
    trail = [null];
    next = null;
  }

  /** @param {string|null} nextCursor what the shown page answered */
  function shown(nextCursor) {
    next = nextCursor;
    element.hidden = trail.length === 1 && next === null;
    fill(
      element,
      h(
        "button",
        { type: "button", disabled: trail.length === 1, onclick: back },
        icon("back"),
        "Previous",
      ),
      h("span.muted", {}, `Page ${trail.length}`),
      h(
        "button",
        { type: "button", disabled: next === null, onclick: forward },
        "Next",
        icon("arrow"),
      ),
    );
  }

  function back() {
    trail.pop();
    show(here());
  }

  function forward() {
    trail.push(next);
    show(here());
  }

  function here() {
    return trail[trail.length - 1] ?? null;
  }

  return { element, first, shown, here, number: () => trail.length };
}
