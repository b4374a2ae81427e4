/** One job: how far it is, what can be done to it, its images and its webhooks. */

import { request } from "../api.js";
import { fill, h } from "../dom.js";
import { ago, moment } from "../format.js";
import { icon } from "../icons.js";
import { actions } from "../parts/actions.js";
import { copyButton } from "../parts/copy.js";
import { deliveries } from "../parts/deliveries.js";
import { reasons } from "../parts/reasons.js";
import { sheet } from "../parts/sheet.js";
import { failed, loading, pill } from "../parts/states.js";
import { summary } from "../parts/summary.js";
import { poll } from "../poll.js";
import { ENDED } from "../states.js";

/** @import {Job} from "../contract.js" */

const POLL = 2;
const SHEET_EVERY = 3000;

/** @param {HTMLElement} place @param {string} id */
export function jobView(place, id) {
  document.title = "Job · Darkroom";
  const path = encodeURIComponent(id);
  const head = h("div.view-head");
  const figures = summary();
  const chart = reasons(path);
  const images = sheet(path);
  const hooks = deliveries(path);
  const buttons = actions(path, changed);
  const body = h(
    "div.stack",
    {},
    h("div.top", {}, figures.element, chart.element),
    images.element,
    hooks.element,
  );
  /** @type {Job|null} */
  let known = null;
  let etag = "";
  let sheetAt = 0;
  let stop = () => {};
  fill(place, loading("Loading the job"));
  start();
  return () => (stop(), hooks.end());

  function start() {
    stop();
    etag = "";
    stop = poll(look, (error) => {
      known = null; // what is shown begins anew
      fill(place, failed(error, start));
    });
  }

  /** @param {AbortSignal} signal */
  async function look(signal) {
    /** @type {Record<string, string>} */
    const headers = etag ? { "If-None-Match": etag } : {};
    const answer = await request("GET", `/v1/jobs/${path}`, { headers, signal });
    etag = answer.headers.get("etag") ?? "";
    if (answer.status === 200) show(await answer.json());
    const active = answer.headers.has("retry-after");
    return active ? Number(answer.headers.get("retry-after")) || POLL : null;
  }

  /** An action moved it: shown at once, and watched from here on. @param {Job} job */
  function changed(job) {
    show(job);
    start();
  }

  /** @param {Job} job */
  function show(job) {
    const before = known;
    known = job;
    if (!before) fill(place, head, body);
    if (job.status !== before?.status) heading(job);
    figures.show(job);
    buttons.show(job);
    chart.show(job.images.failed, ENDED.includes(job.status));
    if (job.status !== before?.status) hooks.load(Boolean(job.webhook_url));
    if (moved(before, job)) {
      sheetAt = Date.now();
      images.refresh(ENDED.includes(job.status));
    }
  }

  /** Whether the images are worth asking for again. @param {Job|null} before @param {Job} job */
  function moved(before, job) {
    if (job.status !== before?.status) return true;
    const same = JSON.stringify(job.images) === JSON.stringify(before.images);
    return !same && Date.now() - sheetAt > SHEET_EVERY;
  }

  /** @param {Job} job */
  function heading(job) {
    const name = job.filename ?? "Unnamed";
    document.title = `${name} · Darkroom`;
    fill(
      head,
      h("a.back", { href: "#/" }, icon("back"), "Jobs"),
      h("div.title", {}, h("h1", {}, name), pill(job.status)),
      h(
        "p.muted.meta",
        {},
        h(
          "time",
          { datetime: job.created_at, title: moment(job.created_at) },
          `Begun ${ago(job.created_at)}`,
        ),
        "·",
        h("span", {}, chosen(job)),
        "·",
        h("code", {}, job.job_id),
        copyButton("Copy id", job.job_id),
      ),
      buttons.element,
    );
  }
}

/** @param {Job} job */
function chosen({ options }) {
  const sides = [
    options.max_width && `≤ ${options.max_width} wide`,
    options.max_height && `≤ ${options.max_height} high`,
  ];
  return [`quality ${options.quality}`, options.format, ...sides].filter(Boolean).join(", ");
}
