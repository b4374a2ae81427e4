/** Files dropped onto the page. */

import { h } from "../dom.js";

/**
 * Takes a file that is dropped anywhere, and shows that it may be.
 *
 * @param {(file: File) => void} take
 * @returns {() => void} ends it
 */
export function dropAnywhere(take) {
  const veil = h(
    "div.veil",
    { hidden: true, "aria-hidden": "true" },
    h("p", {}, "Drop the CSV here"),
  );
  const stop = new AbortController();
  const { signal } = stop;
  document.body.append(veil);

  /** @param {DragEvent} event */
  function over(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    veil.hidden = false;
  }

  /** @param {DragEvent} event */
  function leave(event) {
    if (event.relatedTarget === null) veil.hidden = true;
  }

  /** @param {DragEvent} event */
  function drop(event) {
    veil.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    take(file);
  }

  addEventListener("dragover", over, { signal });
  addEventListener("dragleave", leave, { signal });
  addEventListener("drop", drop, { signal });
  return () => {
    stop.abort();
    veil.remove();
  };
}
