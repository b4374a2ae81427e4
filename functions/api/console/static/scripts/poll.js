/** Asking again and again, gently: not while nobody looks, and not before the API wants it. */

import { ApiError, Unreachable } from "./errors.js";

const LONGEST = 60;

/**
 * Calls `step` until it says that nothing more will come. A hidden tab asks nothing; it goes on when
 * it is shown again, and at once when the network is back.
 *
 * @param {(signal: AbortSignal) => Promise<number|null>} step seconds to wait before the next one;
 *   null for the end. The signal comes when nobody wants its answer any more.
 * @param {(error: unknown) => void} onEnd told of an error that will not pass
 * @returns {() => void} stops it
 */
export function poll(step, onEnd) {
  let timer = 0;
  let failures = 0;
  let busy = false;
  const stopper = new AbortController();

  async function turn() {
    if (busy || stopper.signal.aborted || document.hidden) return;
    clearTimeout(timer);
    busy = true;
    const seconds = await next();
    busy = false;
    if (seconds === null) stop();
    else if (!stopper.signal.aborted) timer = setTimeout(turn, seconds * 1000);
  }

  async function next() {
    try {
      const seconds = await step(stopper.signal);
      failures = 0;
      return seconds;
    } catch (error) {
      if (stopper.signal.aborted) return null;
      failures += 1;
      if (error instanceof Unreachable) return wait(0);
      if (error instanceof ApiError && error.passes) return wait(error.retryAfter);
      onEnd(error);
      return null;
    }
  }

  /** Growing with each failure, and never less than the API asks for. @param {number} asked */
  function wait(asked) {
    const growing = Math.min(LONGEST, 2 ** failures);
    return Math.max(asked, growing) * (1 + Math.random() / 4);
  }

  function stop() {
    stopper.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", turn);
    removeEventListener("online", turn);
  }

  document.addEventListener("visibilitychange", turn);
  addEventListener("online", turn);
  turn();
  return stop;
}
