/** The form of what a job may ask of its images. */

import { h, uid } from "../dom.js";

/** @import {Chosen} from "../upload.js" */

const FORMATS = [
  ["auto", "Auto"],
  ["jpeg", "JPEG"],
  ["webp", "WebP"],
  ["avif", "AVIF"],
  ["png", "PNG"],
  ["keep", "Keep"],
];
const DEFAULT_QUALITY = 50;
const LARGEST_SIDE = 16_383;

/** @param {() => void} onChange */
export function optionsForm(onChange) {
  const shown = h("output", { for: "quality" }, DEFAULT_QUALITY);
  const quality = h("input", {
    id: "quality",
    type: "range",
    min: 1,
    max: 100,
    value: DEFAULT_QUALITY,
    oninput: slide,
  });
  const formats = FORMATS.map(([value, label]) => {
    const id = uid();
    const input = h("input", {
      type: "radio",
      name: "format",
      id,
      value,
      checked: value === "auto",
      onchange: onChange,
    });
    return { input, label: h("label", { for: id }, label) };
  });
  const width = side("max_width", onChange);
  const height = side("max_height", onChange);
  const webhook = h("input", {
    id: "webhook",
    type: "url",
    placeholder: "https://shop.example/hooks/darkroom",
    autocomplete: "url",
  });
  const element = h(
    "div.options",
    {},
    h(
      "div.field",
      {},
      h("div.row", {}, h("label", { for: "quality" }, "Quality"), h("span.grow"), shown),
      quality,
      h(
        "div.row.muted.small",
        {},
        h("span", {}, "smaller"),
        h("span.grow"),
        h("span", {}, "finer"),
      ),
    ),
    h(
      "fieldset.segments",
      {},
      h("legend", {}, "Format"),
      h(
        "div.choices",
        {},
        formats.flatMap(({ input, label }) => [input, label]),
      ),
      h("p.muted.small", {}, "Auto: JPEG, and WebP where there is transparency or animation."),
    ),
    h(
      "div.field",
      {},
      h(
        "div.sides",
        {},
        h("div", {}, h("label", { for: "max_width" }, "Widest"), width),
        h("div", {}, h("label", { for: "max_height" }, "Highest"), height),
      ),
      h("p.muted.small", {}, "In pixels. Images shrink to fit and never grow."),
    ),
    h(
      "div.field",
      {},
      h("label", { for: "webhook" }, "Webhook ", h("span.muted", {}, "(optional)")),
      webhook,
      h("p.muted.small", {}, "Called when the job begins, on its way, and when it is done."),
    ),
  );

  function slide() {
    shown.textContent = quality.value;
    onChange();
  }

  /** @returns {Chosen} */
  function chosen() {
    return {
      quality: Number(quality.value),
      format: formats.find(({ input }) => input.checked)?.input.value ?? "auto",
      max_width: Number(width.value) || null,
      max_height: Number(height.value) || null,
    };
  }

  /** Whether every field can be sent; says at the first one why not. */
  function valid() {
    return [width, height, webhook].every((field) => field.reportValidity());
  }

  return { element, chosen, valid, webhookUrl: () => webhook.value.trim() };
}

/** @param {string} id @param {() => void} onChange */
function side(id, onChange) {
  return h("input", {
    id,
    type: "number",
    min: 1,
    max: LARGEST_SIDE,
    step: 1,
    inputmode: "numeric",
    placeholder: "as it is",
    oninput: onChange,
  });
}
