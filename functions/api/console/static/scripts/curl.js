/** A request as a command line that does the same. The key is named, never written out. */

/**
 * @typedef {object} Sent
 * @property {string} method
 * @property {string} url absolute
 * @property {boolean} keyed
 * @property {Record<string, string>} [headers]
 * @property {string} [json] the body
 * @property {[string, string|File][]} [form] the body, as a form
 * @property {string} [stdin] the form's file, where it is one that the user has not got
 * @property {string} [output] the answer is a file of this name, behind a redirect
 */

/** @param {Sent} sent */
export function curl(sent) {
  const parts = ["curl -sS"];
  const hasBody = sent.json !== undefined || sent.form !== undefined;
  if (sent.method !== (hasBody ? "POST" : "GET")) parts[0] += ` -X ${sent.method}`;
  if (sent.output) parts[0] += " -L";
  parts[0] += ` ${quoted(sent.url)}`;
  if (sent.keyed)
    parts.push(`-H "${sent.output ? "X-API-Key: " : "Authorization: Bearer "}$DARKROOM_API_KEY"`);
  for (const [name, value] of Object.entries(sent.headers ?? {})) {
    parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  }
  if (sent.json !== undefined) {
    parts.push("-H 'Content-Type: application/json'", `-d ${quoted(sent.json)}`);
  }
  for (const [name, value] of sent.form ?? []) {
    if (typeof value === "string") parts.push(`--form-string ${quoted(`${name}=${value}`)}`);
    else if (sent.stdin) parts.push(`-F ${quoted(`${name}=@-;filename="${escaped(value.name)}"`)}`);
    else parts.push(`-F ${quoted(`${name}=@"${escaped(value.name)}"`)}`);
  }
  if (sent.output) parts.push(`-o ${quoted(sent.output)}`);
  return piped(sent.stdin ?? "") + parts.join(" \\\n  ");
}

/**
 * For a POSIX shell. Line breaks, which a pasted command must not have, become spaces.
 *
 * @param {string} text
 */
function quoted(text) {
  return `'${text.replace(/[\u0000-\u001f\u007f]/g, " ").replaceAll("'", String.raw`'\''`)}'`;
}

/** What writes a text of some lines into the command. @param {string} text */
function piped(text) {
  const lines = text.split("\r\n").filter(Boolean).map(quoted);
  return lines.length ? `printf '%s\\n' ${lines.join(" ")} |\n  ` : "";
}

/** A file name between the double quotes of curl's -F. @param {string} name */
function escaped(name) {
  return name.replace(/["\\]/g, (character) => `\\${character}`);
}
