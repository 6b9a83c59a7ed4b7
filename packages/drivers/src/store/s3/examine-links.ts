/** What browsers do with the bucket: links, uploads from a page, and what they may not do. */
import { randomBytes, randomUUID } from "node:crypto";
import type { Finding, ObjectStore } from "@cooly/engine/ports";
import { PROBES } from "../keys.ts";
import { baseOf } from "./links.ts";
import { endpointOf, type S3StoreOptions } from "./options.ts";

type Options = S3StoreOptions & { readonly studioOrigin: string };
type Store = Pick<ObjectStore, "put" | "stat" | "signedUrl" | "signedPutUrl">;

const ANSWER_MS = 10_000;
const LINK_MS = 10 * 60_000;
const SKEW_MS = 120_000;
const MIME = "image/png";

export async function examineLinks(store: Store, options: Options): Promise<readonly Finding[]> {
  const key = `${PROBES}${randomUUID()}`;
  const bytes = randomBytes(2048);
  await store.put(key, bytes, { mime: MIME, maxBytes: bytes.length });
  return [
    await examineClock(options),
    await examineGet(store, options, { key, bytes }),
    await examinePut(store, options),
    await examineCors(store, options),
    await examinePrivacy(options, key),
  ];
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** An error is a sentence here: whatever it is, the other end was not heard. */
async function ask(url: string, init: RequestInit = {}): Promise<Reply | string> {
  try {
    const reply = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(ANSWER_MS) });
    return { status: reply.status, headers: reply.headers, body: Buffer.from(await reply.arrayBuffer()) };
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? `${message}: ${cause.message}` : message;
  }
}

async function examineClock(options: Options): Promise<Finding> {
  const code = "storage.clock";
  const reply = await ask(endpointOf(options));
  const now = (options.now?.() ?? new Date()).getTime();
  const theirs = typeof reply === "string" ? Number.NaN : Date.parse(reply.headers.get("date") ?? "");
  if (Number.isNaN(theirs)) return { code, level: "good", says: "The storage server does not say what time it is." };
  const skewMs = now - theirs;
  if (Math.abs(skewMs) <= SKEW_MS) return { code, level: "good", says: "This machine and the storage server agree about the time." };
  return {
    code,
    level: "warning",
    says: `This machine's clock is ${Math.round(Math.abs(skewMs) / 1000)} seconds ${skewMs > 0 ? "ahead of" : "behind"} the storage server's.`,
    cause: "Links are signed with a time: with a difference of a quarter of an hour they are refused.",
    fix: "Set the clock by NTP: timedatectl set-ntp true.",
  };
}

const publicOf = (options: Options): string => new URL(options.publicEndpoint ?? endpointOf(options)).host;

async function examineGet(store: Store, options: Options, { key, bytes }: { key: string; bytes: Buffer }): Promise<Finding> {
  const code = "storage.links";
  const link = store.signedUrl(key, { expiresAt: new Date((options.now?.() ?? new Date()).getTime() + LINK_MS), mime: MIME });
  const reply = await ask(link);
  if (typeof reply !== "string" && reply.status === 200 && reply.body.equals(bytes)) {
    return { code, level: "good", says: `Links to media answer at ${publicOf(options)}.` };
  }
  const says = `Links to media do not answer with them at ${publicOf(options)}.`;
  const fix = "Set S3_PUBLIC_ENDPOINT to the address under which browsers reach the same server (docs/operate/storage.md).";
  if (typeof reply === "string") return { code, level: "failure", says, cause: `Nobody was heard there, from here at least: ${reply}.`, fix };
  if (reply.status === 403)
    return {
      code,
      level: "failure",
      says,
      cause: `It answers 403 ${wordIn(reply)}: a proxy changes the Host header or the path, the clock is wrong, or it is another server.`,
      fix: `${fix} A proxy before it must pass on Host and path as they are.`,
    };
  const cause = reply.status === 200 ? "Other bytes come than were stored: it is another server." : `It answers ${reply.status} ${wordIn(reply)}.`;
  return { code, level: "failure", says, cause, fix };
}

const wordIn = ({ body }: Reply): string => /<Code>(\w+)<\/Code>/.exec(body.toString("latin1", 0, 2048))?.[1] ?? "";

async function examinePut(store: Store, options: Options): Promise<Finding> {
  const code = "storage.put_links";
  const key = `${PROBES}${randomUUID()}`;
  const expiresAt = new Date((options.now?.() ?? new Date()).getTime() + LINK_MS);
  const reply = await ask(store.signedPutUrl(key, { expiresAt, mime: MIME }), { method: "PUT", headers: { "content-type": MIME }, body: "from a page" });
  const isThere = typeof reply !== "string" && reply.status < 300 && (await store.stat(key))?.sizeBytes === 11;
  if (isThere) return { code, level: "good", says: "Files can be put there by a link." };
  return {
    code,
    level: "warning",
    says: "Files cannot be put there by a link.",
    cause: typeof reply === "string" ? `Nobody was heard: ${reply}.` : `The answer was ${reply.status} ${wordIn(reply)}.`,
    fix: "Give the key PutObject, and let a proxy before the server pass PUT, Host and Content-Type.",
  };
}

async function examineCors(store: Store, options: Options): Promise<Finding> {
  const code = "storage.cors";
  const { studioOrigin } = options;
  const link = store.signedPutUrl(`${PROBES}${randomUUID()}`, { expiresAt: new Date(Date.now() + LINK_MS), mime: MIME });
  const reply = await ask(link, {
    method: "OPTIONS",
    headers: { origin: studioOrigin, "access-control-request-method": "PUT", "access-control-request-headers": "content-type" },
  });
  if (typeof reply !== "string" && isAllowed(reply, studioOrigin)) return { code, level: "good", says: `Pages of ${studioOrigin} may put files there.` };
  return {
    code,
    level: "warning",
    says: `Pages of ${studioOrigin} may not put files there.`,
    cause: "The bucket has no CORS rule for PUT from there. What is made by generations is not concerned.",
    fix: "Set the CORS rules of docs/operate/storage.md.",
  };
}

function isAllowed({ status, headers }: Reply, origin: string): boolean {
  const named = (name: string): string[] => (headers.get(`access-control-allow-${name}`) ?? "").toLowerCase().split(/\s*,\s*/);
  const origins = named("origin");
  const asked = named("headers");
  return (
    status < 300 &&
    (origins.includes("*") || origins.includes(origin.toLowerCase())) &&
    named("methods").includes("put") &&
    (asked.includes("*") || asked.includes("content-type"))
  );
}

async function examinePrivacy(options: Options, key: string): Promise<Finding> {
  const code = "storage.private";
  const base = baseOf(options);
  const [object, list] = await Promise.all([ask(`${base}/${key}`), ask(`${base}?list-type=2&max-keys=1`)]);
  const isOpen = (reply: Reply | string): boolean => typeof reply !== "string" && reply.status === 200;
  if (!isOpen(object) && !isOpen(list)) return { code, level: "good", says: "Nobody reads from the bucket without a link." };
  return {
    code,
    level: "warning",
    says: `The bucket is public: anybody ${isOpen(object) ? "reads what is in it" : "sees what is in it"} without a link.`,
    cause: "An ACL or a policy of the bucket lets everybody in.",
    fix: "Make it private: at AWS block public access, at Backblaze set the bucket to private, elsewhere delete its policy for *.",
  };
}
