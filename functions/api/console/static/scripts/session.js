/** The API key: for this tab, or for this device if the user says so. */

const NAME = "darkroom.key";

/** @type {Set<(reason: string) => void>} */
const listeners = new Set();

/** @returns {string|null} */
export function key() {
  return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME);
}

/** @param {string} value @param {boolean} remember */
export function signIn(value, remember) {
  forget();
  (remember ? localStorage : sessionStorage).setItem(NAME, value);
}

/** @param {string} [reason] shown where the key is asked for */
export function signOut(reason = "") {
  forget();
  for (const listener of listeners) listener(reason);
}

/** @param {(reason: string) => void} listener */
export function onSignOut(listener) {
  listeners.add(listener);
}

function forget() {
  sessionStorage.removeItem(NAME);
  localStorage.removeItem(NAME);
}
