/** A file that was dropped before the view for it was open. */

/** @type {File|null} */
let held = null;

/** @param {File} file */
export function hold(file) {
  held = file;
}

/** The file, once. */
export function release() {
  const file = held;
  held = null;
  return file;
}
