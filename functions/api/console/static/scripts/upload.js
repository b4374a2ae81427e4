/** Sending a CSV: in one request, or straight to S3 where it is too large for that. */

import { call } from "./api.js";
import { ApiError, Unreachable } from "./errors.js";
import { remember } from "./history.js";
import { LARGEST_BODY } from "./sample.js";

/** @import {Job, Upload} from "./contract.js" */
/** @typedef {{quality: number, format: string, max_width: number|null, max_height: number|null}} Chosen */

/**
 * Makes a job of the file.
 *
 * @param {File} file
 * @param {Chosen} options
 * @param {string} webhookUrl may be empty
 * @param {string} idempotencyKey the same for the same attempt, so that a second press makes no
 *   second job
 * @param {(share: number) => void} progress 0-1
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the job's id
 */
export async function submit(file, options, webhookUrl, idempotencyKey, progress, signal) {
  const headers = { "Idempotency-Key": idempotencyKey };
  if (file.size <= LARGEST_BODY) {
    const form = [...fields(options, webhookUrl), /** @type {[string, File]} */ (["file", file])];
    /** @type {Job} */
    const job = await call("POST", "/v1/jobs", { label: "Start a job", form, headers, signal });
    return job.job_id;
  }
  const json = {
    filename: file.name,
    options: given(options),
    ...(webhookUrl && { webhook_url: webhookUrl }),
  };
  /** @type {{job_id: string, upload: Upload|null}} */
  const created = await call("POST", "/v1/jobs", {
    label: "Make a job for a large CSV",
    json,
    headers,
    signal,
  });
  if (created.upload) await send(created.upload, file, progress, signal);
  return created.job_id;
}

/** @param {Chosen} options @param {string} webhookUrl @returns {[string, string][]} */
function fields(options, webhookUrl) {
  const all = { ...given(options), ...(webhookUrl && { webhook_url: webhookUrl }) };
  return Object.entries(all).map(([name, value]) => [name, String(value)]);
}

/** Only what has a value. @param {Chosen} options */
export function given(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
}

/**
 * `fetch` cannot tell how far an upload is, so this is the older way.
 *
 * @param {Upload} upload
 * @param {File} file
 * @param {(share: number) => void} progress
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function send(upload, file, progress, signal) {
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  form.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => progress(event.loaded / event.total);
    request.onload = () => {
      const sent = [...Object.entries(upload.fields), ["file", file]];
      remember(
        "Upload the CSV",
        {
          method: "POST",
          url: upload.url,
          keyed: false,
          form: /** @type {[string, string][]} */ (sent),
        },
        request.status,
      );
      if (request.status < 300) resolve();
      else
        reject(
          new ApiError(
            request.status,
            "upload_refused",
            `The storage refused the upload (${request.status}).`,
            0,
          ),
        );
    };
    request.onerror = () => reject(new Unreachable());
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", upload.url);
    request.send(form);
  });
}
