/** How long a job will still take, from how fast it went while it was watched. */

const WINDOW = 60_000;

/** @returns {(done: number, left: number, now?: number) => number|null} seconds, or null if unknown */
export function estimator() {
  /** @type {{done: number, at: number}[]} */
  let seen = [];
  return (done, left, now = Date.now()) => {
    if (seen.length && done < (seen.at(-1)?.done ?? 0)) seen = []; // it was retried
    seen.push({ done, at: now });
    while (seen.length > 2 && now - seen[0].at > WINDOW) seen.shift();
    const progress = done - seen[0].done;
    const elapsed = (now - seen[0].at) / 1000;
    if (progress <= 0 || elapsed < 2) return null;
    return (left * elapsed) / progress;
  };
}
