/** The images of this clone, built once for a run, and the authority that the stand-in proxy's certificate is of. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Engine } from "./docker.ts";
import { buildStandIns, type Authority } from "./stand-ins/index.ts";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** By the tag: `next` is what a rolling update goes to. */
export const SERVER = { now: "cooly-server:now", next: "cooly-server:next" };
export const FRONTEND = { now: "cooly-frontend:now", next: "cooly-frontend:next" };

/** Names of the test's own installation. */
export const DOMAIN = "studio.test";
export const NAMES = [DOMAIN, ...["api", "media", "console", "cache", "database", "bucket"].map((name) => `${name}.${DOMAIN}`)];

/** `kept`: a folder where the one of an earlier run may be, whose images have its certificate in them. */
export function makeAuthority(kept: string | null): Authority & { readonly caFile: string } {
  const folder = kept ?? mkdtempSync(join(tmpdir(), "cooly-authority-"));
  const at = (name: string): string => join(folder, name);
  const text = (name: string): string => readFileSync(at(name), "utf8");
  const made = (): Authority & { readonly caFile: string } => ({
    ca: text("ca.pem"),
    key: text("key.pem"),
    certificate: text("certificate.pem"),
    caFile: at("ca.pem"),
  });
  if (existsSync(at("certificate.pem"))) return made();
  mkdirSync(folder, { recursive: true });
  const openssl = (...words: string[]): void => void execFileSync("openssl", words, { stdio: "pipe" });
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  writeFileSync(at("names"), `subjectAltName=${NAMES.map((name) => `DNS:${name}`).join(",")}\n`);
  openssl("req", "-x509", ...curve, "-days", "90", "-subj", "/CN=an authority of the tests", "-keyout", at("ca.key"), "-out", at("ca.pem"));
  openssl("req", ...curve, "-subj", `/CN=${DOMAIN}`, "-keyout", at("key.pem"), "-out", at("request.pem"));
  const signed = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "90", "-extfile", at("names")];
  openssl("x509", "-req", "-in", at("request.pem"), ...signed, "-out", at("certificate.pem"));
  return made();
}

export async function buildImages(engine: Engine, authority: Authority): Promise<void> {
  await buildStandIns(engine, authority);
  const build = (tag: string, ...words: string[]): Promise<string> => engine.docker("build", "-q", "-t", tag, ...words, root);
  const frontend = ["-f", join(root, "apps/frontend/Dockerfile")];
  await Promise.all([build(SERVER.now), build(FRONTEND.now, ...frontend)]);
  // Another image to the engine, which differs by what it says of itself.
  await build(SERVER.next, "--build-arg", "REVISION=next");
  await build(FRONTEND.next, ...frontend, "--build-arg", "REVISION=next");
}
