/** What the dry run of a CSV found. */

import { h } from "../dom.js";
import { bytes, counted, number, title } from "../format.js";
import { icon } from "../icons.js";

/** @import {CsvError, Validation} from "../contract.js" */

const SHOWN = 200;
const DELIMITERS = new Map([
  [",", "comma"],
  [";", "semicolon"],
  ["\t", "tab"],
]);

/**
 * @param {Validation} found
 * @param {{checked: number, size: number}} part bytes that were checked, of how many
 */
export function report(found, { checked, size }) {
  const { rows, images } = found;
  const part = checked < size;
  const verdict = found.valid ? "good" : found.usable ? "mixed" : "bad";
  return h(
    "section.report",
    { class: `report ${verdict}`, "aria-label": "What is in the file" },
    h("p.verdict", {}, icon(found.valid ? "check" : "warning"), headline(found)),
    part &&
      h(
        "p.muted",
        {},
        `Checked: the first ${bytes(checked)} of ${bytes(size)}. The rest is checked as the job reads it.`,
      ),
    h(
      "dl.facts",
      {},
      fact("Rows", rows.total),
      fact("Rejected", rows.rejected, rows.rejected > 0),
      fact("Images", images.total),
      images.invalid > 0 && fact("Bad URLs", images.invalid, true),
      found.encoding &&
        h(
          "div",
          {},
          h("dt", {}, "Text"),
          h(
            "dd.text",
            {},
            `${found.encoding}, ${DELIMITERS.get(found.delimiter ?? "") ?? "no delimiter"}`,
          ),
        ),
    ),
    found.columns.length > 0 && columns(found),
    found.errors.length > 0 && errors(found),
  );
}

/** @param {Validation} found */
export function headline({ valid, usable, rows, images }) {
  if (valid)
    return `Nothing is wrong with it: ${counted(rows.total, "row")}, ${counted(images.total, "image")}.`;
  if (usable) return `It can be used. ${counted(rows.rejected, "row")} will be left out.`;
  return "It cannot be used as it is.";
}

/** @param {string} term @param {number} value @param {boolean} [bad] */
function fact(term, value, bad = false) {
  return h("div", {}, h("dt", {}, term), h(bad ? "dd.bad" : "dd", {}, number(value)));
}

/** @param {Validation} found */
function columns(found) {
  return h(
    "ul.columns",
    { "aria-label": "Columns" },
    found.columns
      .slice(0, 40)
      .map(({ name, role }) =>
        h(
          "li",
          { class: role ? "role" : null },
          name || "(no name)",
          role && h("span", {}, ` ${title(role).toLowerCase()}`),
        ),
      ),
  );
}

/** @param {Validation} found */
function errors({ errors: list, errors_total: total }) {
  const shown = list.slice(0, SHOWN);
  const more = total - shown.length;
  return h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": "Errors in the file" },
    h(
      "table.errors",
      {},
      h("caption", {}, counted(total, "finding")),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["Row", "Column", "What is wrong"].map((head) => h("th", { scope: "col" }, head)),
        ),
      ),
      h("tbody", {}, shown.map(line)),
    ),
    more > 0 && h("p.muted", {}, `and ${number(more)} more`),
  );
}

/** @param {CsvError} error */
function line(error) {
  return h(
    "tr",
    {},
    h("td.figure", {}, error.row === null ? "file" : number(error.row)),
    h("td", {}, error.column ?? "—"),
    h(
      "td",
      {},
      h("strong", {}, title(error.code)),
      " ",
      error.message,
      error.url && h("code", {}, error.url),
    ),
  );
}
