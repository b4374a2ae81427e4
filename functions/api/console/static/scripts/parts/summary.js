/** How far a job is, in figures. */

import { estimator } from "../estimate.js";
import { fill, h } from "../dom.js";
import { bytes, change, duration, number, percent, words } from "../format.js";
import { ENDED } from "../states.js";
import { barOf } from "./bar.js";

/** @import {Job} from "../contract.js" */

const DOING = {
  awaiting_upload: "Waiting for the CSV",
  ingesting: "Reading the CSV",
  processing: "Developing",
  finalizing: "Writing the result",
  completed: "Done",
  rejected: "Rejected",
  cancelled: "Cancelled",
  expired: "The CSV never came",
};

export function summary() {
  const estimate = estimator();
  const share = h("p.percent");
  // Stays in its place: a region that is put in anew is read out again.
  const doing = h("p.doing", { role: "status" });
  const time = h("p.muted");
  const body = h("div.stack");
  const element = h(
    "section.panel.summary",
    { "aria-label": "Progress" },
    h("div.headline", {}, share, doing, h("span.grow"), time),
    body,
  );

  /** @param {Job} job */
  function show(job) {
    const { images, rows, bytes: size } = job;
    const done = images.succeeded + images.failed;
    const over = ENDED.includes(job.status);
    const left = job.status === "processing" ? estimate(done, images.pending) : null;
    share.textContent = percent(job.progress);
    if (doing.textContent !== DOING[job.status]) doing.textContent = DOING[job.status];
    if (over) time.textContent = took(job);
    else time.textContent = left === null ? "" : `about ${duration(left)} left`;
    fill(
      body,
      barOf(images, "Progress of the job"),
      job.error &&
        h("p.problem", {}, h("strong", {}, `${words(job.error.code)}: `), job.error.message),
      h(
        "dl.figures",
        {},
        figure("Images", number(images.succeeded), whole(images, over)),
        figure(
          "Saved",
          size.input ? change(size.input, size.output) : "—",
          size.input ? `${bytes(size.input)} → ${bytes(size.output)}` : "",
        ),
        figure(
          "Failed",
          number(images.failed),
          images.failed ? `${percent(images.failed / images.total)} of the images` : "",
          images.failed > 0,
        ),
        figure(
          "Rows",
          number(rows.total),
          rows.rejected ? `${number(rows.rejected)} rejected` : "none rejected",
        ),
      ),
    );
  }

  return { element, show };
}

/** @param {Job} job */
function took(job) {
  if (!job.completed_at) return "";
  return `in ${duration((Date.parse(job.completed_at) - Date.parse(job.created_at)) / 1000)}`;
}

/** @param {Job["images"]} images @param {boolean} over */
function whole({ total, pending }, over) {
  const left = over ? "not done" : "to come";
  return `of ${number(total)}${pending ? `, ${number(pending)} ${left}` : ""}`;
}

/** @param {string} term @param {string} value @param {string} more @param {boolean} [bad] */
function figure(term, value, more, bad = false) {
  return h(
    "div",
    {},
    h("dt", {}, term),
    h(bad ? "dd.bad" : "dd", {}, value),
    h("dd.more", {}, more),
  );
}
