/** A new job: the file, what to do with its images, a look at one, and off it goes. */

import { Unreachable } from "../errors.js";
import { fill, h } from "../dom.js";
import { counted, percent } from "../format.js";
import { icon } from "../icons.js";
import { notify } from "../notices.js";
import { filePicker } from "../parts/file.js";
import { optionsForm } from "../parts/options.js";
import { preview } from "../parts/preview.js";
import { go } from "../router.js";
import { firstUrls } from "../sample.js";
import { release } from "../draft.js";
import { submit } from "../upload.js";

/** @import {Validation} from "../contract.js" */

const SUGGESTED = 30;

/** @param {HTMLElement} place */
export function newView(place) {
  document.title = "New job · Darkroom";
  /** @type {File|null} */
  let file = null;
  let attempt = crypto.randomUUID();
  const stop = new AbortController();
  const options = optionsForm(changed);
  const look = preview(options.chosen, options.valid);
  const picker = filePicker(chosen);
  const problem = h("p.problem", { role: "alert" });
  const progress = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Upload" });
  const start = h("button.primary.large", { type: "submit", disabled: true });
  const form = h(
    "form.step",
    { onsubmit: send, novalidate: true },
    h("h2", {}, "Options"),
    options.element,
    problem,
    h("div.row", {}, start, progress),
  );
  fill(
    place,
    h("div.view-head", {}, h("h1", {}, "New job")),
    h(
      "div.desk",
      {},
      h("div.left", {}, h("section.step", {}, h("h2", {}, "File"), picker.element), form),
      h("div.right", {}, look.element),
    ),
  );
  label(null);
  const dropped = release();
  if (dropped) picker.take(dropped);
  return () => (stop.abort(), picker.end(), look.end());

  /** @param {File|null} next @param {Validation|null} found */
  async function chosen(next, found) {
    file = next;
    changed();
    label(found);
    if (!next) return;
    look.suggest(await firstUrls(next, SUGGESTED));
  }

  /** What is sent is another thing from now on. */
  function changed() {
    attempt = crypto.randomUUID();
    look.changed();
    problem.textContent = "";
  }

  /** @param {Validation|null} found */
  function label(found) {
    start.disabled = !file;
    const what = found && file ? `: ${counted(found.images.total, "image")}` : "";
    fill(start, `Start the job${what}`, icon("arrow"));
  }

  /** @param {SubmitEvent} event */
  async function send(event) {
    event.preventDefault();
    if (!file || !options.valid()) return;
    start.disabled = true;
    problem.textContent = "";
    try {
      const id = await submit(
        file,
        options.chosen(),
        options.webhookUrl(),
        attempt,
        sent,
        stop.signal,
      );
      notify(`${file.name} is on its way.`, { curl: true });
      go(`/jobs/${id}`);
    } catch (error) {
      if (stop.signal.aborted) return;
      start.disabled = false;
      progress.hidden = true;
      const text = error instanceof Error ? error.message : String(error);
      problem.textContent =
        error instanceof Unreachable ? `${text} Press again: no second job is made.` : text;
    }
  }

  /** @param {number} share */
  function sent(share) {
    progress.hidden = false;
    progress.value = share;
    fill(start, share < 1 ? `Uploading ${percent(share)}` : "Uploaded");
  }
}
