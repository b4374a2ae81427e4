/** All jobs, newest first. */

import { call } from "../api.js";
import { fill, h } from "../dom.js";
import { ago, bytes, change, moment, number, title } from "../format.js";
import { empty, failed, loading, pill } from "../parts/states.js";
import { pager } from "../parts/pager.js";
import { poll } from "../poll.js";
import { barOf } from "../parts/bar.js";
import { dropAnywhere } from "../parts/drop.js";
import { hold } from "../draft.js";
import { go } from "../router.js";
import { ACTIVE, ENDED } from "../states.js";

/** @import {Job, Page} from "../contract.js" */

const LIMIT = 20;
const POLL = 5;
const STATUSES = [...ACTIVE, ...ENDED];

/** @param {HTMLElement} place */
export function jobsView(place) {
  document.title = "Jobs · Darkroom";
  const list = h("div.list", {}, loading("Loading jobs"));
  const pages = pager("jobs", restart);
  const filter = h(
    "select",
    { id: "status", onchange: () => (pages.first(), restart()) },
    h("option", { value: "" }, "All jobs"),
    STATUSES.map((status) => h("option", { value: status }, title(status))),
  );
  let stop = () => {};
  let seen = "";

  fill(
    place,
    h(
      "div.view-head",
      {},
      h("h1", {}, "Jobs"),
      h("span.grow"),
      h("label.visually-hidden", { for: "status" }, "Show"),
      filter,
    ),
    list,
    pages.element,
  );
  const undrop = dropAnywhere((file) => (hold(file), go("/new")));
  restart();
  return () => (stop(), undrop());

  function restart() {
    stop();
    seen = "";
    fill(list, loading("Loading jobs"));
    stop = poll(refresh, (error) => fill(list, failed(error, restart)));
  }

  /** @param {AbortSignal} signal */
  async function refresh(signal) {
    const cursor = pages.here();
    /** @type {Page<Job>} */
    const page = await call("GET", "/v1/jobs", {
      query: { limit: LIMIT, cursor, status: filter.value },
      signal,
    });
    const content = JSON.stringify(page);
    if (content !== seen) show(page);
    seen = content;
    return page.items.some((job) => ACTIVE.includes(job.status)) ? POLL : POLL * 3;
  }

  /** @param {Page<Job>} page */
  function show(page) {
    pages.shown(page.next_cursor);
    const focused = list.querySelector("a:focus")?.getAttribute("href");
    const nothing = () =>
      filter.value
        ? empty(`No job is ${title(filter.value).toLowerCase()}`, "Choose another state above.")
        : welcome();
    fill(list, page.items.length ? table(page.items) : nothing());
    const links = [...list.querySelectorAll("a")];
    links.find((link) => focused && link.getAttribute("href") === focused)?.focus();
  }
}

function welcome() {
  return empty(
    "The trays are empty",
    "Drop a CSV anywhere on this page, or choose one.",
    h("a.button.primary", { href: "#/new" }, "New job"),
  );
}

/** @param {Job[]} jobs */
function table(jobs) {
  const heads = ["File", "Status", "Images", "Size", "Begun"];
  return h(
    "table.jobs",
    {},
    h("caption.visually-hidden", {}, "Jobs, newest first"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        heads.map((head) => h("th", { scope: "col" }, head)),
      ),
    ),
    h("tbody", {}, jobs.map(row)),
  );
}

/** @param {Job} job */
function row(job) {
  const { images, bytes: size } = job;
  return h(
    "tr",
    {},
    h(
      "td.name",
      {},
      h("a", { href: `#/jobs/${job.job_id}` }, job.filename ?? "Unnamed"),
      h("code.muted", {}, job.job_id.slice(-12)),
    ),
    h("td", {}, pill(job.status)),
    h(
      "td.images",
      {},
      images.total
        ? [
            barOf(images),
            h(
              "span",
              {},
              `${number(images.succeeded)} of ${number(images.total)}`,
              images.failed ? h("span.bad", {}, ` · ${number(images.failed)} failed`) : null,
            ),
          ]
        : h("span.muted", {}, "—"),
    ),
    h(
      "td.size",
      {},
      size.input
        ? [
            h("strong", {}, change(size.input, size.output)),
            h("span.muted", {}, ` ${bytes(size.output)}`),
          ]
        : h("span.muted", {}, "—"),
    ),
    h(
      "td.when",
      {},
      h("time", { datetime: job.created_at, title: moment(job.created_at) }, ago(job.created_at)),
    ),
  );
}
