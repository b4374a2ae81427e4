/** Elements made by code. Text becomes text: nothing here can turn data into markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {Node|string|number|null|undefined|false} Child
 * @typedef {Record<string, unknown>} Props
 */

/**
 * An HTML element: `h("p.note", {id: "x", onclick: act}, "text", child)`.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T | `${T}.${string}`} name tag, and classes after dots
 * @param {Props} [props] attributes; functions become listeners of what stands behind `on`
 * @param {...(Child|Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(name, props = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(/** @type {T} */ (tag));
  if (classes.length) element.className = classes.join(" ");
  set(element, props);
  element.append(...kept(children));
  return element;
}

/**
 * An SVG element.
 *
 * @param {string} tag
 * @param {Props} [props]
 * @param {...(Child|Child[])} children
 */
export function svg(tag, props = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  set(element, props);
  element.append(...kept(children));
  return element;
}

/**
 * Replaces what an element holds.
 *
 * @param {Element} element
 * @param {...(Child|Child[])} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...kept(children));
}

/**
 * A link out of the console, if the address is one that a browser may be sent to; else its text.
 * What users call URLs may also begin with `javascript:`.
 *
 * @param {string} url
 * @param {string} [label]
 */
export function outward(url, label = url) {
  if (!isWeb(url)) return h("span.address", {}, label);
  return h("a.address", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

/** @param {string|null|undefined} url */
export function isWeb(url) {
  return URL.canParse(url ?? "") && /^https?:$/.test(new URL(url ?? "").protocol);
}

let count = 0;

/** An id for a label and its field. */
export function uid() {
  count += 1;
  return `u${count}`;
}

/**
 * @param {Element & ElementCSSInlineStyle} element
 * @param {Props} props
 */
function set(element, props) {
  for (const [key, value] of Object.entries(props)) {
    if (typeof value === "function") {
      element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    } else if (key === "style") {
      const pairs = Object.entries(/** @type {Record<string, string>} */ (value));
      for (const [name, text] of pairs) element.style.setProperty(name, text);
    } else if (typeof value === "boolean") {
      element.toggleAttribute(key, value);
    } else if (value !== null && value !== undefined) {
      element.setAttribute(key, String(value));
    }
  }
}

/** @param {(Child|Child[])[]} children */
function kept(children) {
  return children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}
