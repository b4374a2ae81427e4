/** Figures and times as people read them. */

const NUMBER = new Intl.NumberFormat("en");
const AGO = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const MOMENT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** @param {number} value */
export function number(value) {
  return NUMBER.format(value);
}

/** @param {number} count @param {string} noun @param {string} [nouns] */
export function counted(count, noun, nouns = `${noun}s`) {
  return `${number(count)} ${count === 1 ? noun : nouns}`;
}

/** @param {number} count bytes */
export function bytes(count) {
  let unit = 0;
  let value = count;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(unit && value < 99.95 ? 1 : 0)} ${UNITS[unit]}`;
}

/** @param {number} share 0-1; only what is whole is shown as 100 % */
export function percent(share) {
  if (share > 0.99 && share < 1) return "99%";
  return `${Math.round(share * 100)}%`;
}

/**
 * What became of a size: "−62%", "+3%".
 *
 * @param {number} before @param {number} after
 */
export function change(before, after) {
  if (!before) return "0%";
  const share = Math.round((after / before - 1) * 100);
  if (share === 0) return "±0%";
  return `${share < 0 ? "−" : "+"}${Math.abs(share)}%`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return "under a second";
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(minutes / 60 / 24)} days`;
}

/** @param {string} iso @param {number} [now] milliseconds */
export function ago(iso, now = Date.now()) {
  const seconds = (Date.parse(iso) - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 10) return "just now";
  if (size < 60) return AGO.format(Math.round(seconds), "second");
  if (size < 3600) return AGO.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return AGO.format(Math.round(seconds / 3600), "hour");
  return AGO.format(Math.round(seconds / 86_400), "day");
}

/** @param {string} iso */
export function moment(iso) {
  return MOMENT.format(new Date(iso));
}

/** `not_found` as "not found". @param {string} code */
export function words(code) {
  return code.replaceAll("_", " ").replace(/\burl/g, "URL");
}

/** `not_found` as "Not found". @param {string} code */
export function title(code) {
  const text = words(code);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The last part of a URL that says something. @param {string} url */
export function lastPart(url) {
  return url.split(/[?#]/)[0].split("/").filter(Boolean).pop() ?? url;
}
