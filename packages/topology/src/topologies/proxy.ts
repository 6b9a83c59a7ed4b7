/** Traefik, with certificates of Let's Encrypt. It reads files, and never sees Docker's socket. */
import type { ServiceDraft } from "../schema/topology.ts";
import { USER } from "./server.ts";

export interface Proxy {
  readonly id: string;
  readonly host: string;
  readonly networks: readonly string[];
  /** Names that the routes are about. */
  readonly environment: Readonly<Record<string, string>>;
  /** Redis is let through here too, by TLS. */
  readonly cache: boolean;
  /** `http` needs port 80, `tls` does not. */
  readonly challenge: "http" | "tls";
  readonly profile?: string;
}

const WEB = 8080;
const SECURE = 8443;
const CACHE = 6380;
const PING = "127.0.0.1:8082";

export function proxy({ id, host, networks, environment, cache, challenge, profile }: Proxy): ServiceDraft {
  const plain = challenge === "http";
  return {
    id,
    host,
    kind: "proxy",
    says: "Traefik: ends TLS, and passes requests on by their names.",
    image: { variable: "TRAEFIK_IMAGE", name: "traefik:v3.6" },
    command: [
      "--global.checknewversion=false",
      "--global.sendanonymoususage=false",
      "--log.level=INFO",
      "--ping=true",
      "--ping.entrypoint=ping",
      `--entrypoints.ping.address=${PING}`,
      ...(plain
        ? [
            `--entrypoints.web.address=:${WEB}`,
            "--entrypoints.web.http.redirections.entrypoint.to=:443",
            "--entrypoints.web.http.redirections.entrypoint.scheme=https",
          ]
        : []),
      `--entrypoints.websecure.address=:${SECURE}`,
      "--entrypoints.websecure.http.tls.certresolver=letsencrypt",
      // Large uploads over slow lines take longer than the minute that is usual.
      "--entrypoints.websecure.transport.respondingtimeouts.readtimeout=15m",
      "--entrypoints.websecure.transport.lifecycle.gracetimeout=20s",
      ...(cache ? [`--entrypoints.cache.address=:${CACHE}`] : []),
      "--providers.file.directory=/etc/traefik/dynamic",
      "--providers.file.watch=true",
      "--certificatesresolvers.letsencrypt.acme.email={ACME_EMAIL}",
      "--certificatesresolvers.letsencrypt.acme.storage=/letsencrypt/acme.json",
      plain ? "--certificatesresolvers.letsencrypt.acme.httpchallenge.entrypoint=web" : "--certificatesresolvers.letsencrypt.acme.tlschallenge=true",
    ],
    port: SECURE,
    published: [
      ...(plain ? [{ port: 80, to: WEB, reach: "world" as const }] : []),
      { port: 443, to: SECURE, reach: "world" },
      ...(cache ? [{ port: CACHE, to: CACHE, reach: "world" as const }] : []),
    ],
    health: { by: "command", words: ["traefik", "healthcheck", "--ping=true", "--ping.entrypoint=ping", `--entrypoints.ping.address=${PING}`] },
    limits: { memoryMib: 256, processors: 1 },
    user: USER,
    readOnly: true,
    tmpfs: ["/tmp"],
    volumes: [{ volume: "certificates", path: "/letsencrypt" }],
    files: [{ file: "traefik", path: "/etc/traefik/dynamic" }],
    networks: [...networks],
    environment: { ...environment },
    stopSeconds: 30,
    ...(profile !== undefined && { profile }),
  };
}
