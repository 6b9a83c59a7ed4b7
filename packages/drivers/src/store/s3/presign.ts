/** Signature Version 4 in the address, by hand: the SDK's signer answers later, and links have to be made at once. */
import { createHash, createHmac } from "node:crypto";
import type { S3Credentials } from "./options.ts";

export interface Presignable {
  readonly method: "GET" | "PUT";
  /** Without a query. */
  readonly url: URL;
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case name; whoever uses the address must send them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: S3Credentials;
  readonly region: string;
  readonly date: Date;
  readonly expiresSeconds: number;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const encode = (text: string): string => encodeURIComponent(text).replaceAll(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1);

export function presign({ method, url, query, headers, credentials, region, date, expiresSeconds }: Presignable): string {
  const time = date.toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/s3/aws4_request`;
  const signed = Object.entries({ ...headers, host: url.host }).toSorted(byName);
  const names = signed.map(([name]) => name).join(";");
  const asked = Object.entries({
    ...query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.accessKeyId}/${scope}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(expiresSeconds),
    "X-Amz-SignedHeaders": names,
    ...(credentials.sessionToken !== undefined && { "X-Amz-Security-Token": credentials.sessionToken }),
  })
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(byName)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const said = signed.map(([name, value]) => `${name}:${value.trim()}\n`).join("");
  const request = [method, url.pathname, asked, said, names, "UNSIGNED-PAYLOAD"].join("\n");
  const key = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", time, scope, sha256(request)].join("\n")).toString("hex");
  return `${url.origin}${url.pathname}?${asked}&X-Amz-Signature=${signature}`;
}
