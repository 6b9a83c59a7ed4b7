/** What Render makes of a blueprint, as a compose file: its services behind its proxy, and its database with TLS at an address of its own. */
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { FRONTEND, SERVER } from "./images.ts";
import { NAMES } from "./stand-ins/index.ts";

interface Variable {
  readonly key: string;
  readonly value?: string;
  readonly sync?: boolean;
  readonly fromDatabase?: { readonly name: string; readonly property: string };
  readonly fromGroup?: string;
  readonly fromService?: { readonly name: string; readonly envVarKey: string };
  readonly generateValue?: boolean;
}

interface Blueprint {
  readonly services: readonly {
    readonly type: string;
    readonly name: string;
    readonly dockerfilePath: string;
    readonly dockerCommand?: string;
    readonly preDeployCommand?: string;
    readonly healthCheckPath?: string;
    readonly domains?: readonly string[];
    readonly envVars: readonly Variable[];
  }[];
  readonly envVarGroups?: readonly { readonly name: string; readonly envVars: readonly Variable[] }[];
  readonly databases?: readonly { readonly name: string; readonly databaseName: string; readonly user: string; readonly ipAllowList: readonly unknown[] }[];
}

export interface RenderSide {
  readonly compose: string;
  /** For the stand-in proxy's folder. */
  readonly routes: string;
}

export const PASSWORD = "of-the-database";
export const databaseUrl = (host: string, more = ""): string => `postgres://cooly:${PASSWORD}@${host}:5432/cooly${more}`;

export interface Dashboard {
  /** What it asks for, where the blueprint says `sync: false`, and what it makes by chance. */
  readonly asked: Readonly<Record<string, string>>;
  /** As `name:address`. */
  readonly hosts: readonly string[];
  /** Where the repository's files are, of which Render builds what is not an image of this clone. */
  readonly built: string;
  /** What stands in for others' addresses. */
  readonly instead?: Readonly<Record<string, string>>;
  /** More services, which are somebody else's in the world. */
  readonly beside?: Readonly<Record<string, object>>;
}

export function renderSide(blueprint: string, { asked, hosts, built, instead = {}, beside = {} }: Dashboard): RenderSide {
  const { services, databases = [], envVarGroups = [] } = parse(blueprint) as Blueprint;
  const valueOf = ({ key, value, fromDatabase }: Variable): string => {
    if (value !== undefined) return value;
    if (fromDatabase) {
      const { name } = databases.find((one) => one.name === fromDatabase.name)!;
      return fromDatabase.property === "host" ? name : databaseUrl(name);
    }
    if (asked[key] === undefined) throw new Error(`the dashboard asks for ${key}`);
    return asked[key];
  };
  const flat = (some: readonly Variable[]): readonly Variable[] =>
    some.flatMap((one) => (one.fromGroup ? envVarGroups.find(({ name }) => name === one.fromGroup)!.envVars : [one]));
  const common = { volumes: ["./ca.pem:/run/ca.pem:ro"], extra_hosts: hosts, networks: ["private"] };
  const ours = services.flatMap(
    ({ name, dockerfilePath, dockerCommand, preDeployCommand, healthCheckPath, envVars }): readonly (readonly [string, object])[] => {
      const environment = {
        ...Object.fromEntries(flat(envVars).map((one) => [one.key, valueOf(one)])),
        PORT: "10000",
        NODE_EXTRA_CA_CERTS: "/run/ca.pem",
        ...instead,
      };
      // The tunnel's, which opens no port that could be asked.
      if (dockerfilePath.endsWith("/tunnel/Dockerfile"))
        return [[name, { ...common, build: join(built, "tunnel"), environment, command: dockerCommand, restart: "unless-stopped", init: true }]];
      const image = dockerfilePath.includes("frontend") ? FRONTEND.now : SERVER.now;
      const test = ["CMD", "node", "/app/tools/image/alive.mjs", healthCheckPath ?? "/healthz"];
      const service = { ...common, image, environment, ...(dockerCommand && { command: dockerCommand }), healthcheck: { test, interval: "5s", retries: 20 } };
      if (!preDeployCommand) return [[name, service]];
      const before = { ...common, image, environment, command: preDeployCommand, healthcheck: { disable: true } };
      return [
        [name, service],
        [`${name}-before`, before],
      ];
    },
  );
  const flags = ["--ping=true", "--entrypoints.ping.address=127.0.0.1:8082", "--entrypoints.websecure.address=:8443", "--providers.file.directory=/routes"];
  const stores = databases.map(({ name, databaseName, user, ipAllowList }) => {
    const environment = { POSTGRES_USER: user, POSTGRES_DB: databaseName, POSTGRES_PASSWORD: PASSWORD };
    const command = ["postgres", ...["ssl=on", "ssl_cert_file=/stand-in/certificate.pem", "ssl_key_file=/stand-in/key.pem"].flatMap((one) => ["-c", one])];
    const test = ["CMD", "pg_isready", "-q", "-h", "127.0.0.1"];
    return [
      name,
      {
        image: NAMES.postgres,
        user: "postgres",
        environment,
        command,
        ports: ipAllowList.length > 0 ? ["5432:5432"] : [],
        networks: ["private"],
        volumes: ["database:/var/lib/postgresql/data"],
        healthcheck: { test, interval: "2s", retries: 30 },
      },
    ];
  });
  const proxy = { image: NAMES.proxy, command: flags, ports: ["443:8443"], networks: ["private"], volumes: ["./routes:/routes:ro"] };
  const named = services.filter(({ domains = [] }) => domains.length > 0);
  return {
    compose: stringify(
      { services: Object.fromEntries([...ours, ...stores, ["proxy", proxy], ...Object.entries(beside)]), networks: { private: {} }, volumes: { database: {} } },
      { aliasDuplicateObjects: false, version: "1.1" },
    ),
    routes: stringify({
      http: {
        routers: Object.fromEntries(named.map(({ name, domains }) => [name, { rule: `Host(\`${domains![0]}\`)`, entryPoints: ["websecure"], service: name }])),
        services: Object.fromEntries(named.map(({ name }) => [name, { loadBalancer: { servers: [{ url: `http://${name}:10000` }] } }])),
      },
    }),
  };
}
