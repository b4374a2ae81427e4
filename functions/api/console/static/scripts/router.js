/** Which view the address asks for: `#/`, `#/new`, `#/jobs/{id}`, `#/webhooks`. */

/**
 * A view puts itself into the page and may return what ends it.
 *
 * @typedef {(place: HTMLElement, id: string) => (() => void)|void} View
 */

/**
 * @param {HTMLElement} place
 * @param {Record<string, View>} views by the first part of the address
 * @returns {{show: () => void, leave: () => void}}
 */
export function router(place, views) {
  /** @type {(() => void)|void} */
  let end;

  function leave() {
    end?.();
    end = undefined;
    for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  }

  function show() {
    leave();
    const [name = "", id = ""] = parts(location.hash);
    const known = Object.hasOwn(views, name) ? name : "";
    place.replaceChildren();
    end = views[known](place, id);
    for (const link of document.querySelectorAll("nav a")) {
      const current = link.getAttribute("href") === `#/${known}`;
      link.toggleAttribute("aria-current", current);
      if (current) link.setAttribute("aria-current", "page");
    }
    scrollTo(0, 0);
  }

  return { show, leave };
}

/** @param {string} hash */
function parts(hash) {
  try {
    return hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  } catch {
    return []; // a percent sign that encodes nothing
  }
}

/** @param {string} path */
export function go(path) {
  location.hash = path;
}
