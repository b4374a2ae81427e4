/** Choosing a CSV: checked on the spot, before anything is made of it. */

import { call } from "../api.js";
import { fill, h } from "../dom.js";
import { bytes } from "../format.js";
import { icon } from "../icons.js";
import { LARGEST_FILE, checkable } from "../sample.js";
import { dropAnywhere } from "./drop.js";
import { headline, report } from "./report.js";
import { empty, failed, loading } from "./states.js";

/** @import {Validation} from "../contract.js" */

/**
 * @param {(file: File|null, found: Validation|null) => void} onFile told of each file that may be
 *   sent, with what is known of it; of null where it may not
 */
export function filePicker(onFile) {
  const input = h("input.visually-hidden", {
    id: "file",
    type: "file",
    accept: ".csv,.tsv,.txt,text/csv",
    onchange: chosen,
  });
  const label = h("span");
  const zone = h("label.zone", { for: "file" }, icon("up"), label);
  const result = h("div");
  const said = h("p.visually-hidden", { role: "status" }); // not the whole table
  const element = h("div.picker", {}, input, zone, said, result);
  let turn = 0;
  invite();
  const end = dropAnywhere(take);

  function invite() {
    fill(
      label,
      h("strong", {}, "Drop a CSV"),
      " or choose one",
      h("span.muted.small", {}, "Product name and image URLs, up to 200 MB"),
    );
  }

  function chosen() {
    const file = input.files?.[0];
    input.value = ""; // the same file again, once it is mended
    if (file) take(file);
  }

  /** @param {File} file */
  async function take(file) {
    turn += 1;
    const mine = turn;
    onFile(null, null);
    said.textContent = "";
    fill(
      label,
      h("strong", {}, file.name),
      ` ${bytes(file.size)} `,
      h("span.muted.small", {}, "Drop or choose another"),
    );
    if (file.size > LARGEST_FILE) {
      return fill(
        result,
        empty(
          "This file is too large",
          `It has ${bytes(file.size)}; a job takes up to 200 MB. Split it.`,
        ),
      );
    }
    fill(result, loading("Checking the file"));
    try {
      const part = await checkable(file);
      if (mine !== turn) return;
      if (!part) {
        fill(result, empty("Too large to be checked here", "It is checked as the job reads it."));
        return onFile(file, null);
      }
      /** @type {Validation} */
      const found = await call("POST", "/v1/validate", {
        label: "Check a CSV",
        form: [["file", part]],
      });
      if (mine !== turn) return;
      fill(result, report(found, { checked: part.size, size: file.size }));
      said.textContent = headline(found);
      onFile(found.usable ? file : null, found);
    } catch (error) {
      if (mine === turn)
        fill(
          result,
          failed(error, () => take(file)),
        );
    }
  }

  return { element, take, end };
}
