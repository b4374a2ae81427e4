/** Where the key is asked for. */

import { call } from "../api.js";
import { ApiError } from "../errors.js";
import { fill, h } from "../dom.js";
import { icon, logo } from "../icons.js";
import { signIn } from "../session.js";

/**
 * @param {HTMLElement} place
 * @param {() => void} done
 * @param {string} [reason] why the key is asked for again
 */
export function gate(place, done, reason = "") {
  document.title = "Darkroom";
  const field = h("input.key", {
    id: "key",
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "none",
    required: true,
    placeholder: "dk_…",
    "aria-describedby": "key-problem",
  });
  const remember = h("input", { type: "checkbox", id: "remember" });
  const shown = h(
    "button.quiet",
    { type: "button", "aria-pressed": "false", onclick: reveal },
    "Show",
  );
  const problem = h("p.problem", { id: "key-problem", role: "alert" });
  const enter = h("button.primary.large", { type: "submit" }, "Open the darkroom", icon("arrow"));
  const form = h(
    "form.gate",
    { onsubmit: submit, novalidate: true },
    logo(),
    h("h1", {}, "Every product image, developed."),
    h("p.lead", {}, "Drop a CSV of image URLs. Get it back with smaller images."),
    h("label", { for: "key" }, "API key"),
    h("div.with-button", {}, field, shown),
    problem,
    h("label.check", { for: "remember" }, remember, h("span", {}, "Remember it on this device")),
    enter,
    h(
      "p.muted.small",
      {},
      "Without that, the key is forgotten with this tab. ",
      "Whoever runs your Darkroom gives out keys; on a laptop, ",
      h("code", {}, "make up"),
      " prints one.",
    ),
  );
  fill(place, form);
  say(reason);
  field.focus();

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    const key = field.value.trim();
    if (!key) return say("Enter your API key.");
    // What a header cannot hold: fetch would refuse to send it.
    if (!/^[!-~]+$/.test(key)) return say("This is no API key: it has spaces or accents in it.");
    enter.disabled = true;
    try {
      await call("GET", "/v1/jobs", { query: { limit: 1 }, withKey: key });
    } catch (error) {
      enter.disabled = false;
      return say(refusal(error));
    }
    signIn(key, remember.checked);
    done();
  }

  function reveal() {
    const hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    shown.textContent = hidden ? "Hide" : "Show";
    shown.setAttribute("aria-pressed", String(hidden));
  }

  /** @param {string} text */
  function say(text) {
    problem.textContent = text;
    field.toggleAttribute("aria-invalid", Boolean(text));
    if (text) {
      field.setAttribute("aria-invalid", "true");
      field.focus();
    }
  }
}

/** @param {unknown} error */
function refusal(error) {
  if (error instanceof ApiError && error.status === 401) {
    return "Darkroom does not know this key, or it has been revoked.";
  }
  return error instanceof Error ? error.message : String(error);
}
