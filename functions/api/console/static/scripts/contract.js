/**
 * What the API answers, as far as the console reads it. Types only: nothing imports this at run
 * time, so it is not part of the page.
 *
 * @typedef {"awaiting_upload"|"ingesting"|"processing"|"finalizing"|"completed"|"rejected"|"cancelled"|"expired"} JobStatus
 *
 * @typedef {object} Options
 * @property {number} quality 1-100
 * @property {string} format
 * @property {number|null} max_width pixels
 * @property {number|null} max_height pixels
 *
 * @typedef {{code: string, message: string}} Problem
 *
 * @typedef {object} Job
 * @property {string} job_id
 * @property {JobStatus} status
 * @property {string|null} filename
 * @property {string} created_at
 * @property {string} updated_at
 * @property {string|null} completed_at
 * @property {{total: number, rejected: number}} rows
 * @property {{total: number, pending: number, succeeded: number, failed: number}} images
 * @property {{input: number, output: number}} bytes
 * @property {number} progress 0-1
 * @property {Options} options
 * @property {string|null} webhook_url
 * @property {Problem|null} error
 *
 * @typedef {object} Picture One distinct URL of a job.
 * @property {string} source_url
 * @property {"pending"|"succeeded"|"failed"} status
 * @property {string|null} output_url
 * @property {Problem|null} error
 * @property {{bytes: number, width: number|null, height: number|null, format: string|null}|null} input
 * @property {{bytes: number, width: number, height: number, format: string, sha256: string}|null} output
 *
 * @typedef {{at: string, status_code: number|null, error: string|null, milliseconds: number}} Attempt
 *
 * @typedef {object} Delivery
 * @property {string} delivery_id
 * @property {string} event
 * @property {string} url
 * @property {"pending"|"delivered"|"failed"} status
 * @property {string|null} next_attempt_at
 * @property {Attempt[]} attempts
 *
 * @typedef {{row: number|null, column: string|null, code: string, message: string, url: string|null}} CsvError
 *
 * @typedef {object} Validation
 * @property {boolean} valid
 * @property {boolean} usable
 * @property {string|null} encoding
 * @property {string|null} delimiter
 * @property {{name: string, role: string|null}[]} columns
 * @property {{total: number, rejected: number}} rows
 * @property {{total: number, invalid: number}} images
 * @property {CsvError[]} errors
 * @property {number} errors_total
 *
 * @typedef {{url: string, fields: Record<string, string>, expires_at: string}} Upload
 * @typedef {{secret: string, previous: {secret: string, expires_at: string}|null}} WebhookSecret
 */

/**
 * @template T
 * @typedef {{items: T[], next_cursor: string|null}} Page
 */

export {};
