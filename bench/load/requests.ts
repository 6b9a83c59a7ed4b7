/** Requests as bytes, and the little of an answer that is read. */
const KEY_LENGTH = 24;
const KEY_MARK = "idempotency-key: ";
const HEADERS_END = Buffer.from("\r\n\r\n");
let keys = Date.now() * 1000;

export function prepare(bearer: string, body: string): Buffer {
  const head = [
    "POST /v1/generations HTTP/1.1",
    "host: 127.0.0.1",
    `authorization: Bearer ${bearer}`,
    `${KEY_MARK}${"0".repeat(KEY_LENGTH)}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** A copy with an idempotency key of its own. */
export function stamp(template: Buffer): Buffer {
  const request = Buffer.from(template);
  request.write(String((keys += 1)).padStart(KEY_LENGTH, "0"), request.indexOf(KEY_MARK) + KEY_MARK.length, "latin1");
  return request;
}

/** The status of a whole answer, or null while some of it is missing. */
export function statusOf(bytes: Buffer): string | null {
  const at = bytes.indexOf(HEADERS_END);
  if (at < 0) return null;
  const head = bytes.toString("latin1", 0, at);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length:\n${head}`);
  return bytes.length < at + HEADERS_END.length + Number(length) ? null : head.slice(9, 12);
}
