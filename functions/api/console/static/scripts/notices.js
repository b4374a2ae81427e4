/** What just happened, said once: shown for some seconds, and read out. */

import { copyButton } from "./parts/copy.js";
import { h } from "./dom.js";
import { lastCommand } from "./history.js";
import { icon } from "./icons.js";

const SECONDS = 8;

const place = h("div.notices", { role: "status", "aria-live": "polite" });

/** Where notices appear; part of the shell. */
export function noticesPlace() {
  return place;
}

/**
 * @param {string} text
 * @param {{bad?: boolean, curl?: boolean}} [how] `curl`: offers the command that does the same
 */
export function notify(text, { bad = false, curl = false } = {}) {
  const notice = h(
    bad ? "div.notice.bad" : "div.notice",
    {},
    icon(bad ? "warning" : "check"),
    h("p", {}, text),
    curl && copyButton("Copy as curl", lastCommand()),
    h(
      "button.quiet.icon-only",
      { type: "button", "aria-label": "Dismiss", onclick: () => notice.remove() },
      icon("cross"),
    ),
  );
  place.append(notice);
  while (place.children.length > 3) place.firstElementChild?.remove();
  const leave = () => {
    // Not while somebody is reading or about to press something in it.
    if (notice.matches(":hover, :focus-within")) setTimeout(leave, 1000);
    else notice.remove();
  };
  setTimeout(leave, SECONDS * 1000);
}

/** @param {unknown} error */
export function notifyError(error) {
  notify(error instanceof Error ? error.message : String(error), { bad: true });
}
