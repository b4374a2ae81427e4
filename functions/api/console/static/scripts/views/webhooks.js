/** The secret that webhooks are signed with. */

import { call } from "../api.js";
import { fill, h } from "../dom.js";
import { moment } from "../format.js";
import { notify, notifyError } from "../notices.js";
import { confirmed } from "../parts/actions.js";
import { copyButton } from "../parts/copy.js";
import { failed, loading } from "../parts/states.js";

/** @import {WebhookSecret} from "../contract.js" */

/** @param {HTMLElement} place */
export function webhooksView(place) {
  document.title = "Webhooks · Darkroom";
  const body = h("section.panel.secret", { "aria-label": "Secret" });
  fill(
    place,
    h("div.view-head", {}, h("h1", {}, "Webhooks")),
    h("p.lead", {}, "Each is signed, by Standard Webhooks. Verify them with this secret."),
    body,
  );
  load();

  async function load() {
    fill(body, loading("Loading the secret"));
    try {
      show(await call("GET", "/v1/webhook-secret"));
    } catch (error) {
      fill(body, failed(error, load));
    }
  }

  /** @param {WebhookSecret} found */
  function show({ secret, previous }) {
    fill(
      body,
      line("Secret", secret),
      previous && line(`Until ${moment(previous.expires_at)} also`, previous.secret),
      h(
        "div.row",
        {},
        h("button", { type: "button", onclick: rotate }, "Replace it"),
        h("span.muted.small", {}, "For 24 hours both sign."),
      ),
    );
  }

  async function rotate() {
    const text =
      "For 24 hours webhooks are signed with both. Give the new one to your receivers in that time.";
    if (!(await confirmed("Replace the secret?", text, "Replace it", "Keep it"))) return;
    try {
      show(
        await call("POST", "/v1/webhook-secret/rotate", {
          label: "Replace the webhook secret",
        }),
      );
      notify("There is a new secret.", { curl: true });
    } catch (error) {
      notifyError(error);
    }
  }
}

/** @param {string} label @param {string} secret */
function line(label, secret) {
  const dots = "•".repeat(24);
  const text = h("code", {}, dots);
  const show = h(
    "button.quiet",
    { type: "button", "aria-pressed": "false", onclick: reveal },
    "Show",
  );

  function reveal() {
    const hidden = text.textContent === dots;
    text.textContent = hidden ? secret : dots;
    show.textContent = hidden ? "Hide" : "Show";
    show.setAttribute("aria-pressed", String(hidden));
  }

  return h(
    "div.secret-line",
    {},
    h("span.label", {}, label),
    text,
    show,
    copyButton("Copy", secret),
  );
}
