/**
 * Images under the names that Dockerfiles and compose files ask for, made of Debian's packages and npm's where no registry of images can be
 * asked: `standin:` in the name of a test says that it ran on these.
 */
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { must, type Engine } from "../docker.ts";

export const NAMES = {
  proxy: "traefik:v3.6",
  storage: "dxflrs/garage:v2.4.1",
  postgres: "postgres:17",
  redis: "redis:7",
  tailnet: "tailscale/tailscale:v1.98.10",
  node: "node:24-bookworm-slim",
};

const here = fileURLToPath(new URL(".", import.meta.url));
const manifest = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8")) as { devDependencies: Record<string, string> };
const cli = JSON.parse(await readFile(new URL("../../../apps/cli/package.json", import.meta.url), "utf8")) as { dependencies: Record<string, string> };

export interface Authority {
  /** PEM of the authority, and of a certificate of its for the names. */
  readonly ca: string;
  readonly key: string;
  readonly certificate: string;
}

/** Makes those that the engine does not have. Needs root, debootstrap and npm. */
export async function buildStandIns(engine: Engine, authority: Authority): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "cooly-stand-ins-"));
  try {
    await nodeImage(engine, folder);
    await Promise.all([serverImages(engine, folder, authority), edgeImages(engine, folder, authority), tailnetImage(engine, folder)]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const has = async (engine: Engine, name: string): Promise<boolean> => (await engine.tried("image", "inspect", name)).code === 0;

async function debian(target: string, packages: readonly string[] = []): Promise<void> {
  const include = packages.length > 0 ? [`--include=${packages.join(",")}`] : [];
  await must("debootstrap", ["--variant=minbase", ...include, "bookworm", target]);
  await rm(join(target, "var/cache/apt/archives"), { recursive: true, force: true });
}

async function imported(engine: Engine, root: string, { name, changes }: { readonly name: string; readonly changes: readonly string[] }): Promise<void> {
  const archive = `${root}.tar`;
  await must("tar", ["--numeric-owner", "-C", root, "-cf", archive, "."]);
  await engine.docker("import", ...changes.flatMap((change) => ["--change", change]), archive, name);
  await rm(archive);
}

async function nodeImage(engine: Engine, folder: string): Promise<void> {
  if (await has(engine, NAMES.node)) return;
  const root = join(folder, "node");
  await debian(root);
  await copyFile(process.execPath, join(root, "usr/local/bin/node"));
  await chmod(join(root, "usr/local/bin/node"), 0o755);
  await must("npm", ["pack", "npm@11", "--silent"], { cwd: folder });
  await mkdir(join(root, "usr/local/lib/node_modules"), { recursive: true });
  await must("sh", ["-c", `tar -xzf npm-*.tgz && mv package ${root}/usr/local/lib/node_modules/npm`], { cwd: folder });
  for (const name of ["npm", "npx"]) await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, "usr/local/bin", name));
  // Whom this machine trusts, the build has to trust: there may be a proxy between it and npm's registry.
  await mkdir(join(root, "etc/ssl/certs"), { recursive: true });
  const trusted = process.env["NODE_EXTRA_CA_CERTS"] ?? "/etc/ssl/certs/ca-certificates.crt";
  if (existsSync(trusted)) await cp(trusted, join(root, "etc/ssl/certs/ca-certificates.crt"), { dereference: true });
  await imported(engine, root, {
    name: NAMES.node,
    changes: [
      'CMD ["node"]',
      "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm_config_update_notifier=false",
    ],
  });
}

async function serverImages(engine: Engine, folder: string, { key, certificate }: Authority): Promise<void> {
  if ((await has(engine, NAMES.postgres)) && (await has(engine, NAMES.redis))) return;
  const root = join(folder, "servers");
  await debian(root, ["postgresql-15", "redis-server", "pgbouncer"]);
  await copyFile(join(here, "postgres.sh"), join(root, "usr/local/bin/postgres-entrypoint"));
  await chmod(join(root, "usr/local/bin/postgres-entrypoint"), 0o755);
  await mkdir(join(root, "stand-in"));
  for (const [name, text] of Object.entries({ key, certificate })) await writeFile(join(root, "stand-in", `${name}.pem`), text, { mode: 0o600 });
  // A new volume takes the owner of what it covers.
  await rm(join(root, "var/lib/postgresql"), { recursive: true, force: true });
  const made =
    "mkdir -p /var/lib/postgresql/data /data && chown -R postgres:postgres /var/lib/postgresql /stand-in && chown redis:redis /data && mkdir -p /run/postgresql && chmod 3777 /run/postgresql";
  await must("chroot", [root, "sh", "-c", made]);
  const path = "ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin";
  await imported(engine, root, { name: NAMES.postgres, changes: [path, 'ENTRYPOINT ["postgres-entrypoint"]', 'CMD ["postgres"]'] });
  await writeFile(join(folder, "redis.Dockerfile"), `FROM ${NAMES.postgres}\nENTRYPOINT []\nCMD ["redis-server"]\n`);
  await engine.docker("build", "-q", "-t", NAMES.redis, "-f", join(folder, "redis.Dockerfile"), here);
}

async function edgeImages(engine: Engine, folder: string, { key, certificate }: Authority): Promise<void> {
  const context = join(folder, "edge");
  await mkdir(context);
  const files = { "key.pem": key, "certificate.pem": certificate, Dockerfile: edgeDockerfile };
  for (const [name, text] of Object.entries(files)) await writeFile(join(context, name), text);
  for (const name of ["garage.mjs", "traefik.mjs"]) await copyFile(join(here, name), join(context, name));
  await engine.docker("build", "-q", "-t", NAMES.proxy, "-t", NAMES.storage, context);
}

async function tailnetImage(engine: Engine, folder: string): Promise<void> {
  if (await has(engine, NAMES.tailnet)) return;
  const context = join(folder, "tailnet");
  await mkdir(context);
  await copyFile(join(here, "tailscale.mjs"), join(context, "tailscale.mjs"));
  await writeFile(join(context, "Dockerfile"), tailnetDockerfile);
  await engine.docker("build", "-q", "-t", NAMES.tailnet, context);
}

/** The real one is of Alpine, whose `apk` is asked for a package that is here already. */
const tailnetDockerfile = `FROM ${NAMES.node}
RUN apt-get update -q && apt-get install -y -q --no-install-recommends socat && printf '#!/bin/sh\\n[ "$*" = "add --no-cache socat" ]\\n' >/usr/local/bin/apk
COPY tailscale.mjs /stand-in/
RUN chmod 755 /stand-in/tailscale.mjs /usr/local/bin/apk && ln -s /stand-in/tailscale.mjs /usr/local/bin/tailscale && ln -s /stand-in/tailscale.mjs /usr/local/bin/tailscaled
`;

const edgeDockerfile = `FROM ${NAMES.node}
WORKDIR /stand-in
RUN npm install --no-audit --no-fund --omit=dev fauxqs@${manifest.devDependencies["fauxqs"]} yaml@${cli.dependencies["yaml"]}
COPY garage.mjs /garage
COPY traefik.mjs /usr/local/bin/traefik
COPY key.pem certificate.pem ./
RUN chmod 755 /garage /usr/local/bin/traefik && chmod 644 key.pem
ENTRYPOINT ["/bin/sh", "-c", "case \\"$0\\" in --*) exec traefik \\"$0\\" \\"$@\\";; *) exec \\"$0\\" \\"$@\\";; esac"]
`;
