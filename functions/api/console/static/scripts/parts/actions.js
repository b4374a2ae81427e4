/** What can be done to a job. */

import { call, download } from "../api.js";
import { fill, h } from "../dom.js";
import { counted } from "../format.js";
import { icon } from "../icons.js";
import { notify, notifyError } from "../notices.js";

/** @import {Job} from "../contract.js" */

const CANCELLABLE = ["awaiting_upload", "ingesting", "processing"];

/**
 * @param {string} jobId
 * @param {(job: Job) => void} onChange told of the job after each of them
 */
export function actions(jobId, onChange) {
  const element = h("div.actions", { role: "group", "aria-label": "Actions" });
  let shown = "";

  /** @param {Job} job */
  function show(job) {
    const state = `${job.status} ${job.images.failed > 0} ${job.rows.rejected > 0}`;
    if (state === shown) return; // a button that is drawn again loses the focus
    shown = state;
    const done = job.status === "completed";
    const mendable =
      (done && job.images.failed + job.rows.rejected > 0) || job.error?.code === "no_valid_rows";
    fill(
      element,
      done && button("Result", "down", () => get("result", job), "primary"),
      mendable && button("Failures", "down", () => get("failures", job)),
      done &&
        job.images.failed > 0 &&
        button("Retry failed", "retry", () =>
          act("retry", "Retry the failed images", "The failed images are tried again."),
        ),
      CANCELLABLE.includes(job.status) && button("Cancel", "stop", () => confirmCancel(job)),
    );
  }

  /** @param {"result"|"failures"} what @param {Job} job */
  async function get(what, job) {
    const stem = (job.filename ?? "darkroom").replace(/\.(csv|tsv|txt)$/i, "");
    await download(`/v1/jobs/${jobId}/${what}`, `Download the ${what}`, `${stem}-${what}.csv`);
    notify(`The ${what} CSV is being downloaded.`, { curl: true });
  }

  /** @param {string} verb @param {string} label @param {string} said */
  async function act(verb, label, said) {
    onChange(await call("POST", `/v1/jobs/${jobId}/${verb}`, { label }));
    notify(said, { curl: true });
  }

  /** @param {Job} job */
  async function confirmCancel(job) {
    const text = `${counted(job.images.pending, "image")} will not be processed, and there will be no result. This cannot be undone.`;
    if (await confirmed("Cancel this job?", text, "Cancel the job", "Keep it going")) {
      await act("cancel", "Cancel the job", "The job is cancelled.");
    }
  }

  return { element, show };
}

/**
 * @param {string} label
 * @param {Parameters<typeof icon>[0]} drawing
 * @param {() => Promise<void>} action
 * @param {string} [kind]
 */
function button(label, drawing, action, kind = "") {
  const element = h(
    "button",
    { type: "button", class: kind, onclick: press },
    icon(drawing),
    label,
  );

  async function press() {
    element.disabled = true;
    try {
      await action();
    } catch (error) {
      notifyError(error);
    }
    element.disabled = false;
  }

  return element;
}

/**
 * @param {string} question @param {string} text @param {string} yes @param {string} no
 * @returns {Promise<boolean>}
 */
export function confirmed(question, text, yes, no) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { "aria-labelledby": "question", onclose: end },
      h("h2", { id: "question" }, question),
      h("p", {}, text),
      h(
        "div.row",
        {},
        h("span.grow"),
        h("button", { type: "button", onclick: () => dialog.close("") }, no),
        h("button.danger", { type: "button", onclick: () => dialog.close("yes") }, yes),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();

    function end() {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    }
  });
}
