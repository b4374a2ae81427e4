/** What can be told of a CSV here, before anything is sent: a part of it, and the URLs in that. */

/** Bytes of a CSV that the API takes in a request. */
export const LARGEST_BODY = 4 * 1024 * 1024;

/** Bytes of the largest CSV there may be. */
export const LARGEST_FILE = 200 * 1024 * 1024;

const QUOTE = 34;
const NEWLINE = 10;
const URLS = /https?:\/\/[^\s,;|"'<>]+/g;
const HEAD = 256 * 1024;

/**
 * The file, or as many of its first rows as a request may hold; null if that cannot be told.
 *
 * @param {File} file
 * @returns {Promise<File|null>}
 */
export async function checkable(file) {
  if (file.size <= LARGEST_BODY) return file;
  const head = new Uint8Array(await file.slice(0, LARGEST_BODY).arrayBuffer());
  const end = wholeRows(head);
  return end ? new File([head.subarray(0, end)], file.name, { type: "text/csv" }) : null;
}

/**
 * Where the last row ends that is whole. A line break between quotes ends no row. UTF-16, whose
 * bytes do not read like this, has no answer.
 *
 * @param {Uint8Array} bytes
 */
export function wholeRows(bytes) {
  if (bytes[0] >= 0xfe) return 0;
  let quoted = false;
  let end = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === QUOTE) quoted = !quoted;
    else if (bytes[at] === NEWLINE && !quoted) end = at + 1;
  }
  return end;
}

/**
 * The first image URLs in a CSV, for a preview to begin with.
 *
 * @param {File} file
 * @param {number} most
 */
export async function firstUrls(file, most) {
  const head = await file.slice(0, HEAD).arrayBuffer();
  const [first] = new Uint8Array(head);
  const encoding = first === 0xff ? "utf-16le" : first === 0xfe ? "utf-16be" : "utf-8";
  const text = new TextDecoder(encoding).decode(head);
  return [...new Set(text.match(URLS) ?? [])].slice(0, most);
}
