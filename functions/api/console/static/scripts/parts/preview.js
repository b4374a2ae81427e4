/** The options tried on one image: a job of that image alone, through the same pipeline. */

import { call } from "../api.js";
import { fill, h } from "../dom.js";
import { lastPart, words } from "../format.js";
import { icon } from "../icons.js";
import { poll } from "../poll.js";
import { ENDED } from "../states.js";
import { given } from "../upload.js";
import { compare } from "./compare.js";
import { loading } from "./states.js";

/** @import {Job, Page, Picture} from "../contract.js" */
/** @import {Chosen} from "../upload.js" */

const POLL = 1;
const MOST_URLS = 30;
const LONGEST_NAME = 80;

/**
 * @param {() => Chosen} options
 * @param {() => boolean} valid whether the options can be sent
 */
export function preview(options, valid) {
  const list = h("datalist", { id: "urls" });
  const field = h("input", {
    id: "preview-url",
    type: "url",
    list: "urls",
    required: true,
    pattern: "https?://.+",
    placeholder: "https://…/photo.jpg",
  });
  const button = h("button", { type: "submit" }, "Develop");
  const result = h("div", { "aria-live": "polite" });
  const stale = h("p.muted.small", { hidden: true }, "The options have changed since.");
  const element = h(
    "section.preview",
    { "aria-labelledby": "preview-title" },
    h("h2", { id: "preview-title" }, "Preview"),
    h(
      "form",
      { onsubmit: begin },
      h("label", { for: "preview-url" }, "Image to try"),
      h("div.with-button", {}, field, button),
      list,
    ),
    stale,
    result,
  );
  let stop = () => {};
  blank();

  function blank() {
    fill(
      result,
      h(
        "div.print",
        {},
        icon("sun"),
        h("p.muted", {}, "Try these options on one image before the job begins."),
      ),
    );
  }

  /** @param {string[]} urls to choose from */
  function suggest(urls) {
    fill(
      list,
      urls.slice(0, MOST_URLS).map((url) => h("option", { value: url })),
    );
    if (urls[0] && !field.value) field.value = urls[0];
  }

  /** @param {SubmitEvent} event */
  async function begin(event) {
    event.preventDefault();
    if (!valid()) return;
    stop();
    stale.hidden = true;
    button.disabled = true;
    fill(result, h("div.print.developing", {}, loading("Developing")));
    try {
      const job = await start(field.value.trim(), options());
      stop = poll(() => look(job), fail);
    } catch (error) {
      fail(error);
    }
  }

  /** @param {Job} job */
  async function look({ job_id: id }) {
    /** @type {Job} */
    const job = await call("GET", `/v1/jobs/${id}`);
    if (!ENDED.includes(job.status)) return POLL;
    button.disabled = false;
    /** @type {Page<Picture>} */
    const { items } = await call("GET", `/v1/jobs/${id}/images`, { query: { limit: 1 } });
    const [picture] = items;
    if (picture?.status === "succeeded") fill(result, compare(picture));
    else fail(new Error(reason(job, picture)));
    return null;
  }

  /** @param {unknown} error */
  function fail(error) {
    button.disabled = false;
    const text = error instanceof Error ? error.message : String(error);
    fill(result, h("div.print.bad", { role: "alert" }, icon("warning"), h("p", {}, text)));
  }

  return {
    element,
    suggest,
    changed: () => (stale.hidden = !result.querySelector("figure")),
    end: () => stop(),
  };
}

/**
 * @param {string} url
 * @param {Chosen} options
 * @returns {Promise<Job>}
 */
function start(url, options) {
  const table = `Product Name,Input Image Urls\r\nPreview,"${url.replaceAll('"', "%22")}"\r\n`;
  const file = new File([table], `Preview of ${lastPart(url).slice(0, LONGEST_NAME)}`, {
    type: "text/csv",
  });
  const fields = Object.entries(given(options)).map(
    ([name, value]) => /** @type {[string, string]} */ ([name, String(value)]),
  );
  return call("POST", "/v1/jobs", {
    label: "Preview one image",
    form: [...fields, ["file", file]],
    stdin: table,
  });
}

/** @param {Job} job @param {Picture|undefined} picture */
function reason(job, picture) {
  if (picture?.error) return `It failed (${words(picture.error.code)}). ${picture.error.message}`;
  return job.error?.message ?? `The job is ${words(job.status)}.`;
}
