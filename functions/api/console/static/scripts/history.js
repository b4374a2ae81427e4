/** The calls that the user's actions made, newest first. */

import { curl } from "./curl.js";

/** @import {Sent} from "./curl.js" */

const MOST = 30;

/** @typedef {{label: string, method: string, path: string, command: string, at: number, status: number}} Call */

/** @type {Call[]} */
const calls = [];

/**
 * @param {string} label what the user did
 * @param {Sent} sent
 * @param {number} status of the answer
 */
export function remember(label, sent, status) {
  const path = new URL(sent.url).pathname.replace(/^.*\/(?=v1\/)/, "/");
  calls.unshift({
    label,
    method: sent.method,
    path,
    command: curl(sent),
    at: Date.now(),
    status,
  });
  calls.length = Math.min(calls.length, MOST);
}

/** @returns {readonly Call[]} */
export function recentCalls() {
  return calls;
}

/** The command of the newest call. */
export function lastCommand() {
  return calls[0]?.command ?? "";
}
