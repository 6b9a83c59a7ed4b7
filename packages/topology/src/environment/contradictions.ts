/** What is in order line by line, and not together. */
import { failure, warning, type EnvironmentFinding } from "./finding.ts";
import type { TopologyName } from "./topologies.ts";
import { passwordOf } from "./weak.ts";

export interface Whole {
  readonly values: ReadonlyMap<string, string>;
  readonly topology: TopologyName;
}

type Rule = (whole: Whole) => readonly EnvironmentFinding[];

const hostOf = (url: string | undefined): string | null => (url !== undefined && URL.canParse(url) ? new URL(url).hostname : null);
const isHere = (host: string): boolean => host === "localhost" || host === "127.0.0.1" || host === "[::1]";
const isInside = (host: string): boolean => isHere(host) || !host.includes(".");
const inContainers = ({ topology }: Whole): boolean => topology === "vps" || topology === "hybrid" || topology === "managed";

const passwords: Rule = ({ values }) =>
  (
    [
      ["POSTGRES_PASSWORD", "DATABASE_URL"],
      ["REDIS_PASSWORD", "REDIS_URL"],
    ] as const
  ).flatMap(([name, url]) => {
    const [own, address] = [values.get(name), values.get(url)];
    if (own === undefined || address === undefined || passwordOf(address) === own) return [];
    return [
      failure("contradiction", url, {
        says: `${url} has another password than ${name}.`,
        fix: `Write the value of ${name} into ${url}.`,
      }),
    ];
  });

const queues: Rule = ({ values }) => {
  const driver = values.get("QUEUE_DRIVER");
  const needed: Record<string, string> = { bullmq: "REDIS_URL", sqs: "SQS_MAIN_QUEUE_URL" };
  const lacks = driver === undefined ? undefined : needed[driver];
  const [main, dead] = [values.get("SQS_MAIN_QUEUE_URL"), values.get("SQS_DLQ_QUEUE_URL")];
  const region = /^sqs\.([\w-]+)\.amazonaws\.com$/.exec(hostOf(main) ?? "")?.[1];
  const said = values.get("AWS_REGION");
  return [
    ...(lacks !== undefined && !values.get(lacks)
      ? [failure("contradiction", "QUEUE_DRIVER", { says: `QUEUE_DRIVER is ${driver}, and ${lacks} is not set.` })]
      : []),
    ...(main !== undefined && main === dead
      ? [failure("contradiction", "SQS_DLQ_QUEUE_URL", { says: "The queue and its dead letter queue are one and the same." })]
      : []),
    ...(main?.endsWith(".fifo") ? [failure("contradiction", "SQS_MAIN_QUEUE_URL", { says: "A FIFO queue is refused; a standard one is wanted." })] : []),
    ...(region !== undefined && said !== undefined && region !== said
      ? [
          failure("contradiction", "AWS_REGION", {
            says: `AWS_REGION is ${said}, and the queue is in ${region}.`,
            fix: "Leave AWS_REGION out: the queue's address says it.",
          }),
        ]
      : []),
  ];
};

const addresses: Rule = (whole) => {
  const { values } = whole;
  const cookie = values.get("COOKIE_DOMAIN")?.replace(/^\./, "");
  const outside = ["PUBLIC_URL", "FRONTEND_URL"] as const;
  return outside.flatMap((name) => {
    const url = values.get(name);
    const host = hostOf(url);
    if (url === undefined || host === null) return [];
    const below = cookie === undefined || host === cookie || host.endsWith(`.${cookie}`);
    return [
      ...(below
        ? []
        : [failure("contradiction", "COOKIE_DOMAIN", { says: `${name} is at ${host}, which is not below COOKIE_DOMAIN ${cookie}: nobody stays signed in.` })]),
      ...(inContainers(whole) && isHere(host)
        ? [failure("contradiction", name, { says: `${name} is ${host}: browsers of other people look for it on their own machine.` })]
        : []),
      ...(inContainers(whole) && url.startsWith("http:") && !isHere(host)
        ? [failure("unsafe", name, { says: `${name} is without TLS: passwords and keys can be read on the way.`, fix: "Write https." })]
        : []),
    ];
  });
};

const ENCRYPTED = ["require", "verify-ca", "verify-full", "no-verify"];

const database: Rule = (whole) => {
  const url = whole.values.get("DATABASE_URL");
  const host = hostOf(url);
  if (url === undefined || host === null) return [];
  const { port, searchParams } = new URL(url);
  const clear = !isInside(host) && !ENCRYPTED.includes(searchParams.get("sslmode") ?? "");
  return [
    ...(port === "6543" && !whole.values.get("DATABASE_DIRECT_URL")
      ? [
          failure("contradiction", "DATABASE_URL", {
            says: "Port 6543 is a transaction pooler, and DATABASE_DIRECT_URL is not set: no LISTEN, no migrations.",
            fix: "Use the session pooler (port 5432), or set DATABASE_DIRECT_URL beside it.",
          }),
        ]
      : []),
    ...(inContainers(whole) && isHere(host)
      ? [failure("contradiction", "DATABASE_URL", { says: "DATABASE_URL is this very machine: within a container that is the container itself." })]
      : []),
    ...(/^db\.\w+\.supabase\.co$/.test(host)
      ? [
          warning("contradiction", "DATABASE_URL", {
            says: "Supabase's direct address is IPv6 only, and Render and Vercel reach IPv4 only.",
            fix: "Use the session pooler's address.",
          }),
        ]
      : []),
    ...(clear
      ? [
          warning("unsafe", "DATABASE_URL", {
            says: "The database is elsewhere, and nothing asks for TLS.",
            fix: "Add ?sslmode=verify-full, and name the provider's root certificate by NODE_EXTRA_CA_CERTS if nobody else has signed it.",
          }),
        ]
      : []),
  ];
};

const redis: Rule = ({ values }) =>
  ["REDIS_URL", "CACHE_URL"].flatMap((name) => {
    const url = values.get(name);
    const host = hostOf(url);
    if (url === undefined || host === null || isInside(host) || url.startsWith("rediss:")) return [];
    return [failure("unsafe", name, { says: `${name} crosses a network without TLS.`, fix: "Use rediss:, or a Redis that only its own network reaches." })];
  });

const media: Rule = (whole) => {
  const { values } = whole;
  const endpoint = hostOf(values.get("S3_ENDPOINT"));
  const [region, open] = [values.get("S3_REGION"), hostOf(values.get("S3_PUBLIC_ENDPOINT"))];
  const named = /^s3\.([\w-]+)\.backblazeb2\.com$/.exec(endpoint ?? "")?.[1];
  return [
    ...(named !== undefined && region !== undefined && named !== region
      ? [failure("contradiction", "S3_REGION", { says: `S3_REGION is ${region}, and the endpoint is in ${named}.` })]
      : []),
    ...(endpoint !== null && inContainers(whole) && isInside(endpoint) && (open === null || isInside(open))
      ? [
          failure("contradiction", "S3_PUBLIC_ENDPOINT", {
            says: `Browsers are sent to ${open ?? endpoint}, which only the server's own network knows.`,
            fix: "Set S3_PUBLIC_ENDPOINT to the name that the proxy answers for.",
          }),
        ]
      : []),
  ];
};

const twins: Rule = ({ values }) => {
  const secrets = ["AUTH_SECRET", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "METRICS_TOKEN", "S3_SECRET_ACCESS_KEY"];
  return secrets.flatMap((name, index) => {
    const twin = secrets.slice(0, index).find((other) => values.get(other) !== undefined && values.get(other) === values.get(name));
    return twin === undefined ? [] : [warning("weak", name, { says: `${name} is the same as ${twin}: whoever learns one has both.` })];
  });
};

export const contradictions: Rule = (whole) => [passwords, queues, addresses, database, redis, media, twins].flatMap((rule) => rule(whole));
