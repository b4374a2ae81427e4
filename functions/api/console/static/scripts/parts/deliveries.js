/** A job's webhooks: each event, each try, and sending one again. */

import { call } from "../api.js";
import { fill, h } from "../dom.js";
import { ago, counted, moment } from "../format.js";
import { icon } from "../icons.js";
import { notify, notifyError } from "../notices.js";
import { poll } from "../poll.js";
import { empty, failed, loading, pill } from "./states.js";

/** @import {Attempt, Delivery, Page} from "../contract.js" */

const SOON = 120;
const POLL = 3;

/** @param {string} jobId */
export function deliveries(jobId) {
  const list = h("div", {}, loading("Loading webhooks"));
  const element = h(
    "section.deliveries",
    { "aria-labelledby": "deliveries-title" },
    h("h2", { id: "deliveries-title" }, "Webhooks"),
    list,
  );
  let stop = () => {};
  let seen = "";

  /** @param {boolean} wanted whether the job has a webhook */
  function load(wanted) {
    stop();
    if (!wanted) return fill(list, empty("No webhook", "This job was made without one."));
    stop = poll(look, (error) =>
      fill(
        list,
        failed(error, () => load(true)),
      ),
    );
  }

  /** Goes on while something is about to be sent. @param {AbortSignal} signal */
  async function look(signal) {
    /** @type {Page<Delivery>} */
    const { items } = await call("GET", `/v1/jobs/${jobId}/deliveries`, { signal });
    const content = JSON.stringify(items);
    if (content !== seen) show(items);
    seen = content;
    return items.some(isDue) ? POLL : null;
  }

  /** @param {Delivery[]} items */
  function show(items) {
    const open = new Set([...list.querySelectorAll("details[open]")].map((each) => each.id));
    const focused = list.querySelector("details:focus-within")?.id;
    fill(
      list,
      items.length
        ? items.map((each) => entry(each, open.has(each.delivery_id)))
        : empty("None yet", "The first one goes out once the CSV is read."),
    );
    if (focused) document.getElementById(focused)?.querySelector("summary")?.focus();
  }

  /** @param {Delivery} delivery @param {boolean} open */
  function entry(delivery, open) {
    const { delivery_id: id, event, status, attempts, url, next_attempt_at: next } = delivery;
    const again = h("button", { type: "button", onclick: send }, icon("send"), "Send again");

    async function send() {
      again.disabled = true;
      try {
        await call("POST", `/v1/deliveries/${id}/redeliver`, {
          label: `Send ${event} again`,
        });
        notify(`${event} is sent again.`, { curl: true });
        load(true);
      } catch (error) {
        again.disabled = false;
        notifyError(error);
      }
    }

    return h(
      "details.delivery",
      { id, open },
      h(
        "summary",
        {},
        h("code", {}, event),
        pill(status),
        h(
          "span.muted",
          {},
          attempts.length ? counted(attempts.length, "try", "tries") : "not tried yet",
          next && status === "pending" ? `, next ${ago(next)}` : "",
        ),
      ),
      h("p", {}, h("span.muted", {}, "To "), h("code.address", {}, url), " ", again),
      attempts.length > 0 && table(attempts),
    );
  }

  return { element, load, end: () => stop() };
}

/** @param {Delivery} delivery */
function isDue({ status, next_attempt_at: next }) {
  return status === "pending" && (next === null || Date.parse(next) - Date.now() < SOON * 1000);
}

/** @param {Attempt[]} attempts */
function table(attempts) {
  return h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": "Tries" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["When", "Answer", "Took"].map((head) => h("th", { scope: "col" }, head)),
        ),
      ),
      h(
        "tbody",
        {},
        attempts.map((each) =>
          h(
            "tr",
            {},
            h("td", {}, h("time", { datetime: each.at }, moment(each.at))),
            h(
              "td",
              {},
              each.status_code ?? "none",
              each.error && h("span.bad", {}, ` ${each.error}`),
            ),
            h("td.figure", {}, `${each.milliseconds} ms`),
          ),
        ),
      ),
    ),
  );
}
