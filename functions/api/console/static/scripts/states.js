/** The states of a job, told apart by whether more will happen by itself. */

/** @import {JobStatus} from "./contract.js" */

/** @type {readonly JobStatus[]} */
export const ACTIVE = ["awaiting_upload", "ingesting", "processing", "finalizing"];

/** @type {readonly JobStatus[]} */
export const ENDED = ["completed", "rejected", "cancelled", "expired"];
