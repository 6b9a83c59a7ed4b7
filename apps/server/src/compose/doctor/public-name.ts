/** Looks at a public address as a client from outside would: its name, its certificate, what answers, and whether it comes at once. */
import { lookup } from "node:dns/promises";
import { connect as connectTls } from "node:tls";
import type { Finding } from "@cooly/engine/ports";

const PATIENCE_MS = 8_000;
const DAY_MS = 86_400_000;
const EXPIRES_SOON_DAYS = 14;
/** Of the second that the server leaves between its two events. */
const APART_MS = 500;

export interface PublicName {
  readonly variable: string;
  readonly url: string;
}

/** Name and certificate. No findings of its own where both are in order. */
export async function examineName({ variable, url }: PublicName): Promise<readonly Finding[]> {
  const { hostname, protocol, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const address = await lookup(host).catch((error: NodeJS.ErrnoException) => error);
  if (address instanceof Error) {
    return [
      {
        code: "public.dns",
        level: "failure",
        says: `${variable} names ${host}, which cannot be found.`,
        cause: address.message,
        fix: "Add a DNS record for it that leads to this installation, or correct the variable.",
      },
    ];
  }
  return protocol === "https:" ? examineCertificate({ variable, host, port: Number(port || 443) }) : clearText({ variable, host });
}

function clearText({ variable, host }: { variable: string; host: string }): readonly Finding[] {
  if (/^(localhost|127\.|::1$|10\.|192\.168\.)/.test(host)) return [];
  return [
    {
      code: "public.clear",
      level: "warning",
      says: `${variable} begins with http:, so passwords, keys and pictures travel in the open.`,
      fix: "Put a proxy with a certificate before it, and write https: here.",
    },
  ];
}

interface Certificate {
  readonly daysLeft: number;
  /** Why a client would refuse it. */
  readonly refused: string | null;
}

async function examineCertificate({ variable, host, port }: { variable: string; host: string; port: number }): Promise<readonly Finding[]> {
  const seen = await certificateOf(host, port).catch(() => null);
  // Nobody answers there: that is for whoever asks the address itself.
  if (!seen) return [];
  if (seen.refused !== null) {
    return [
      {
        code: "public.certificate",
        level: "failure",
        says: `Clients refuse the certificate of ${host}, which ${variable} names: ${seen.refused}.`,
        cause:
          seen.refused === "CERT_HAS_EXPIRED"
            ? "It was not renewed."
            : "It is for another name, or signed by nobody whom they know; or its chain is not sent whole.",
        fix: "Have the proxy get a certificate for this name (Let's Encrypt), with its intermediate certificates.",
      },
    ];
  }
  if (seen.daysLeft < EXPIRES_SOON_DAYS) {
    return [
      {
        code: "public.certificate",
        level: "warning",
        says: `The certificate of ${host} ends in ${Math.max(0, Math.floor(seen.daysLeft))} days.`,
        fix: "See why the proxy has not renewed it.",
      },
    ];
  }
  return [{ code: "public.certificate", level: "good", says: `The certificate of ${host} is good for ${Math.floor(seen.daysLeft)} days.` }];
}

function certificateOf(host: string, port: number): Promise<Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, port, servername: host, rejectUnauthorized: false }, () => {
      const { valid_to: until } = socket.getPeerCertificate();
      const refused = socket.authorized ? null : String((socket.authorizationError as { code?: string } | null)?.code ?? socket.authorizationError);
      socket.destroy();
      resolve({ daysLeft: (Date.parse(until) - Date.now()) / DAY_MS, refused });
    });
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
  });
}

/** Asks the API there for two events that it sends a second apart. */
export async function examineApi({ variable, url }: PublicName): Promise<readonly Finding[]> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const health = await fetch(`${url}/healthz`, { signal, redirect: "manual" }).then(readHealth, (error: Error) => error);
  if (health instanceof Error) {
    return [
      {
        code: "public.down",
        level: "warning",
        says: `Nothing answers at ${variable} (${url}).`,
        cause: `${(health.cause as Error | undefined)?.message ?? health.message}. The server does not run yet, or a firewall or proxy keeps this machine out.`,
        fix: "Start the server (cooly serve) and ask again; then look at the proxy's routes.",
      },
    ];
  }
  if (health !== "ok") {
    return [
      {
        code: "public.foreign",
        level: "warning",
        says: `What answers at ${variable} (${url}) is not this API: ${health}.`,
        cause: "The proxy leads elsewhere, or nobody is behind it.",
        fix: "Let the proxy pass this name to the API's port.",
      },
    ];
  }
  return [{ code: "public.api", level: "good", says: `The API answers at ${url}.` }, ...(await examineStream(url))];
}

async function readHealth(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => null);
  return answer.status === 200 && (body as { status?: unknown } | null)?.status === "ok" ? "ok" : `status ${answer.status}`;
}

async function examineStream(url: string): Promise<readonly Finding[]> {
  const times = await fetch(`${url}/healthz/stream`, { signal: AbortSignal.timeout(PATIENCE_MS), headers: { accept: "text/event-stream" } })
    .then(readTimes)
    .catch(() => []);
  const [first, last] = [times.at(0), times.at(-1)];
  if (first !== undefined && last !== undefined && last - first >= APART_MS)
    return [{ code: "public.stream", level: "good", says: "Events come through as they happen." }];
  return [
    {
      code: "public.stream",
      level: "warning",
      says: times.length === 0 ? "An event stream does not come through." : "Events come through late, all at once.",
      cause: "A proxy in between gathers answers before it passes them on.",
      fix: "Switch that off for this address: proxy_buffering off (nginx), flush_interval -1 (Caddy), no compression of text/event-stream (a CDN).",
    },
  ];
}

/** When each piece of the answer arrived. */
async function readTimes({ body, status }: Response): Promise<number[]> {
  const times: number[] = [];
  if (status !== 200 || !body) return times;
  for await (const _piece of body) times.push(performance.now());
  return times;
}
