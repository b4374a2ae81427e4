/** Whether the API can be reached, for whoever shows it. */

/**
 * @typedef {"fine"|"offline"|"limited"|"failing"} Health
 * @typedef {{health: Health, seconds: number}} State seconds until the next try
 */

/** @type {State} */
let state = { health: navigator.onLine ? "fine" : "offline", seconds: 0 };

/** @type {Set<(state: State) => void>} */
const listeners = new Set();

/** @param {(state: State) => void} listener called at once, and at each change */
export function watchConnection(listener) {
  listeners.add(listener);
  listener(state);
}

/** @param {Health} health @param {number} [seconds] */
export function report(health, seconds = 0) {
  if (health === state.health && seconds === state.seconds) return;
  state = { health, seconds };
  for (const listener of listeners) listener(state);
}

addEventListener("offline", () => report("offline"));
addEventListener("online", () => report("fine"));
