/** Requests to the API of the host that served this page. */

import { report } from "./connection.js";
import { Unreachable, problem } from "./errors.js";
import { remember } from "./history.js";
import { key, signOut } from "./session.js";

/**
 * @typedef {object} Ask
 * @property {string} [label] what the user does with it; calls without one are not remembered
 * @property {Record<string, string|number|null|undefined>} [query]
 * @property {Record<string, string>} [headers]
 * @property {unknown} [json]
 * @property {[string, string|File][]} [form]
 * @property {string} [stdin] the form's file, where it is one that the user has not got
 * @property {string} [output] name for the file that the answer leads to
 * @property {AbortSignal} [signal]
 * @property {string} [withKey] instead of the session's
 */

/** The API's address, with a slash at the end: the page itself is served at its root. */
export const BASE = location.origin + location.pathname.replace(/\/?$/, "/");

/**
 * Sends a request, with the key.
 *
 * @param {string} method
 * @param {string} path below the API's address
 * @param {Ask} [ask]
 * @returns {Promise<Response>} successful, or 304
 * @throws {Error} an ApiError, or Unreachable
 */
export async function request(method, path, ask = {}) {
  const url = address(path, ask.query);
  const response = await answered(method, url, ask);
  if (ask.label) {
    const { json, form, headers, stdin, output } = ask;
    const body = json === undefined ? {} : { json: JSON.stringify(json) };
    remember(
      ask.label,
      { method, url, keyed: true, headers, form, stdin, output, ...body },
      response.status,
    );
  }
  if (response.ok || response.status === 304) {
    report("fine");
    return response;
  }
  const error = await problem(response);
  if (error.status === 429) report("limited", error.retryAfter || 5);
  else if (error.status >= 500) report("failing", error.retryAfter);
  else report("fine");
  if (error.status === 401 && !ask.withKey) signOut(error.message);
  throw error;
}

/**
 * The answer's JSON.
 *
 * @param {string} method
 * @param {string} path
 * @param {Ask} [ask]
 */
export async function call(method, path, ask) {
  const response = await request(method, path, ask);
  return response.json();
}

/**
 * Downloads what the API redirects to. A link could not send the key; so the redirect is followed
 * by a request, of which only the address it ends at is used: the browser's own download does the
 * rest, without holding the file in memory.
 *
 * @param {string} path
 * @param {string} label
 * @param {string} output
 */
export async function download(path, label, output) {
  const stop = new AbortController();
  const response = await request("GET", path, { label, output, signal: stop.signal });
  stop.abort();
  const link = document.createElement("a");
  link.href = response.url;
  link.download = output;
  link.click();
}

/** @param {string} path @param {Ask["query"]} [query] */
function address(path, query = {}) {
  const url = new URL(path.replace(/^\//, ""), BASE);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "")
      url.searchParams.set(name, String(value));
  }
  return url.href;
}

/** @param {string} method @param {string} url @param {Ask} ask */
async function answered(method, url, ask) {
  /** @type {Record<string, string>} */
  const headers = { Authorization: `Bearer ${ask.withKey ?? key() ?? ""}`, ...ask.headers };
  /** @type {BodyInit|undefined} */
  let body;
  if (ask.json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(ask.json);
  } else if (ask.form) {
    const form = new FormData();
    for (const [name, value] of ask.form) form.append(name, value);
    body = form;
  }
  try {
    return await fetch(url, { method, headers, body, signal: ask.signal, credentials: "omit" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    report(navigator.onLine ? "failing" : "offline");
    throw new Unreachable();
  }
}
