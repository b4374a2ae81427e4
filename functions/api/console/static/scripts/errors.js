/** What can go wrong with a request. */

/** The API answered, but not with what was asked for. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code stable, for branching
   * @param {string} detail for people
   * @param {number} retryAfter seconds; 0 if the answer does not say
   */
  constructor(status, code, detail, retryAfter) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get passes() {
    return this.status === 429 || this.status >= 500;
  }
}

/** There was no answer. */
export class Unreachable extends Error {
  constructor() {
    super("There is no connection to Darkroom. What you entered is still here.");
  }
}

/**
 * The API's error from a response: problem details, or whatever a gateway said.
 *
 * @param {Response} response
 */
export async function problem(response) {
  const retryAfter = Number(response.headers.get("retry-after")) || 0;
  let code = "";
  let detail = "";
  try {
    ({ code = "", detail = "" } = await response.json());
  } catch {
    // Not JSON: API Gateway's own answer. The status says enough.
  }
  if (response.status === 429) {
    code ||= "rate_limited";
    detail ||= "Too many requests at once. Please wait a moment.";
  }
  detail ||= `Darkroom answered with an error (${response.status}). Please try again.`;
  return new ApiError(response.status, code, detail, retryAfter);
}
