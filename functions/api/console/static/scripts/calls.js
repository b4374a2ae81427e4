/** The dialog that shows what the user's actions sent, each as a curl command. */

import { fill, h } from "./dom.js";
import { ago, counted } from "./format.js";
import { recentCalls } from "./history.js";
import { icon } from "./icons.js";
import { copyButton } from "./parts/copy.js";

export function callsDialog() {
  const list = h("div.calls");
  const element = h(
    "dialog.wide",
    { "aria-labelledby": "calls-title" },
    h(
      "div.dialog-head",
      {},
      h("h2", { id: "calls-title" }, "What you just did, as curl"),
      h(
        "button.quiet.icon-only",
        { type: "button", "aria-label": "Close", onclick: () => element.close() },
        icon("cross"),
      ),
    ),
    h(
      "p.muted",
      {},
      "Set ",
      h("code", {}, "DARKROOM_API_KEY"),
      " in your shell first; the key itself is never written out.",
    ),
    list,
  );

  function open() {
    const calls = recentCalls();
    fill(
      list,
      calls.length
        ? calls.map(entry)
        : h(
            "p.muted",
            {},
            "Nothing yet in this tab. Check a file or start a job, and it stands here.",
          ),
    );
    element.showModal();
  }

  return { element, open };
}

/** @param {ReturnType<typeof recentCalls>[number]} call */
function entry(call) {
  const lines = counted(call.command.split("\n").length, "line");
  return h(
    "section.call",
    {},
    h(
      "div.row",
      {},
      h("h3", {}, call.label),
      h(
        "span.muted",
        {},
        `${call.method} ${call.path} · ${call.status} · ${ago(new Date(call.at).toISOString())}`,
      ),
      h("span.grow"),
      copyButton("Copy", call.command),
    ),
    h("pre", { tabindex: 0, "aria-label": `${call.label}, ${lines}` }, call.command),
  );
}
