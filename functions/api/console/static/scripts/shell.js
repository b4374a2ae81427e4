/** What stands around every view: the way about, the theme, the state of the connection. */

import { BASE } from "./api.js";
import { callsDialog } from "./calls.js";
import { watchConnection } from "./connection.js";
import { fill, h } from "./dom.js";
import { duration } from "./format.js";
import { icon, logo } from "./icons.js";
import { noticesPlace } from "./notices.js";
import { signOut } from "./session.js";
import { nextTheme, theme } from "./theme.js";

const THEME_ICONS = { system: "screen", light: "sun", dark: "moon" };

/**
 * @returns {{elements: HTMLElement[], place: HTMLElement, signedIn: (yes: boolean) => void}}
 */
export function shell() {
  const place = h("main", { id: "main", tabindex: -1 });
  const calls = callsDialog();
  const keyed = [
    h(
      "nav",
      { "aria-label": "Main" },
      h("a", { href: "#/" }, "Jobs"),
      h("a", { href: "#/webhooks" }, "Webhooks"),
      h("a", { href: `${BASE}docs` }, "API"),
    ),
    h("span.grow"),
    h("a.button.primary", { href: "#/new" }, "New job"),
    h(
      "button.quiet.icon-only",
      {
        type: "button",
        "aria-label": "Calls as curl",
        title: "Calls as curl",
        onclick: calls.open,
      },
      icon("terminal"),
    ),
  ];
  const leave = h(
    "button.quiet.icon-only",
    {
      type: "button",
      "aria-label": "Forget the key",
      title: "Forget the key",
      onclick: () => signOut(),
    },
    icon("key"),
  );
  const unkeyed = h("span.grow");
  const header = h(
    "header",
    {},
    h("a.brand", { href: "#/" }, logo(), h("span", {}, "Darkroom")),
    keyed,
    unkeyed,
    themeButton(),
    leave,
  );
  const skip = h("a.skip", { href: "#main", onclick: skipTo }, "Skip to content");

  /** The address names the view, so a link within the page must not change it. @param {Event} event */
  function skipTo(event) {
    event.preventDefault();
    place.focus();
  }

  /** @param {boolean} yes */
  function signedIn(yes) {
    for (const element of [...keyed, leave]) element.hidden = !yes;
    unkeyed.hidden = yes;
  }

  return {
    elements: [skip, header, banner(), place, noticesPlace(), calls.element],
    place,
    signedIn,
  };
}

function themeButton() {
  const button = h("button.quiet.icon-only", { type: "button", onclick: change });
  show(theme());

  function change() {
    show(nextTheme());
  }

  /** @param {string} name */
  function show(name) {
    const label = `Theme: ${name}`;
    button.setAttribute("aria-label", label);
    button.title = label;
    fill(button, icon(/** @type {"sun"} */ (THEME_ICONS[/** @type {"light"} */ (name)])));
  }

  return button;
}

function banner() {
  const element = h("div.banner", { role: "status", "aria-live": "polite" });
  watchConnection(({ health, seconds }) => {
    const again = seconds ? ` Trying again in ${duration(seconds)}.` : "";
    const texts = {
      fine: "",
      offline: "You are offline. Jobs go on; this page does when you are back.",
      limited: `Too many requests at once.${again}`,
      failing: `Darkroom cannot be reached at the moment.${again} Jobs under way are not lost.`,
    };
    element.className = `banner ${health}`;
    fill(element, texts[health] && icon("warning"), texts[health]);
  });
  return element;
}
