import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { variants } from "../../../../tools/pages/deploy.ts";
import { topologyOf } from "../topologies/index.ts";
import { renderTopology } from "./index.ts";

const textOf = (files: ReturnType<typeof renderTopology>, path: string): string =>
  files.find((file) => file.path === path)?.text ?? expect.fail(`there is no ${path}`);

interface Service {
  readonly image?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly init?: boolean;
  readonly restart?: string;
  readonly network_mode?: string;
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
  readonly deploy?: { readonly resources: { readonly limits: { readonly memory?: string } } };
  readonly environment: Readonly<Record<string, unknown>>;
}
const composesOf = (name: string): { path: string; services: Readonly<Record<string, Service>>; text: string }[] => {
  const [kind, options] = variants[name]!;
  return renderTopology(kind, options)
    .filter(({ path }) => path.startsWith("docker-compose"))
    .map(({ path, text }) => ({ path, text, ...(parse(text) as { services: Readonly<Record<string, Service>> }) }));
};
const composes = Object.keys(variants).flatMap((name) => composesOf(name).map((compose) => ({ name, ...compose })));

describe.each(composes)("$name: $path", ({ services, text }) => {
  const all = Object.entries(services);

  test("every container is read-only, has lost its capabilities, and cannot win others", () => {
    for (const [name, service] of all) {
      expect(service.read_only, name).toBe(true);
      expect(service.cap_drop, name).toEqual(["ALL"]);
      expect(service.security_opt, name).toEqual(["no-new-privileges:true"]);
    }
  });

  test("nobody is root, but who has no network and one capability", () => {
    for (const [name, { user, network_mode, cap_add, restart }] of all) {
      if (user === "0:0") expect([name, network_mode, cap_add, restart]).toEqual([name, "none", ["CHOWN"], "no"]);
      else expect([name, user !== undefined && user !== "root", cap_add]).toEqual([name, true, undefined]);
    }
  });

  test("everything that stays has a health check without curl, a limit, a log that ends, and time to stop", () => {
    for (const [name, service] of all) {
      expect(service.deploy?.resources.limits.memory, name).toMatch(/^\d+M$/);
      expect(service.logging?.options["max-size"], name).toBe("10m");
      expect(service.stop_grace_period, name).toMatch(/^\d+s$/);
      expect(service.init, name).toBe(true);
      if (service.restart === "no") continue;
      expect(service.healthcheck?.test[0], name).toBe("CMD");
      expect(JSON.stringify(service.healthcheck), name).not.toContain("curl");
    }
  });

  test("no value is anything but text, and no secret stands in it", () => {
    for (const [name, { environment }] of all) {
      for (const [variable, value] of Object.entries(environment)) expect(typeof value, `${name} ${variable}`).toBe("string");
    }
    expect(text).not.toMatch(/:latest\b/);
  });

  test("what it says is the same for readers of YAML 1.1", () => {
    expect(parse(text, { version: "1.1" })).toEqual(parse(text));
  });
});

test("vps: what keeps things is on a network that leads nowhere, and the proxy is on none with them", () => {
  const { services } = composesOf("vps")[0]!;
  const document = parse(textOf(renderTopology("vps"), "docker-compose.prod.yml")) as { networks: Readonly<Record<string, { internal?: boolean }>> };
  expect(document.networks).toEqual({ edge: { internal: true }, inside: { internal: true }, outside: {} });
  expect([services["cooly-postgres"]!.networks, services["cooly-redis"]!.networks]).toEqual([["inside"], ["inside"]]);
  expect(services["cooly-traefik"]!.networks).toEqual(["edge", "outside"]);
});

test("vps: the four names, each with its router, and those that are rolled in files that a rolling update may replace", () => {
  const files = renderTopology("vps");
  const routes = parse(textOf(files, "traefik/routes.yml")) as { http: { routers: Readonly<Record<string, { rule: string }>> } };
  expect(Object.fromEntries(Object.entries(routes.http.routers).map(([name, { rule }]) => [name, rule]))).toEqual({
    studio: 'Host(`{{ env "DOMAIN" }}`)',
    api: 'Host(`{{ env "API_DOMAIN" }}`)',
    media: 'Host(`{{ env "MEDIA_DOMAIN" }}`)',
    console: 'Host(`{{ env "CONSOLE_DOMAIN" }}`) && PathPrefix(`/v2/`)',
  });
  for (const service of ["cooly-api", "cooly-frontend"])
    expect(parse(textOf(files, `traefik/${service}.yml`))).toEqual({
      http: { services: { [service]: { loadBalancer: { servers: [{ url: `http://${service}:3000` }] } } } },
    });
});

test("every variable that a compose file insists on is in its example", () => {
  for (const [name, [kind, options]] of Object.entries(variants)) {
    const files = renderTopology(kind, options);
    const compose = files.find(({ path }) => path.startsWith("docker-compose"));
    if (!compose) continue;
    const [, example] = /see (\.env[\w.]*)\}/.exec(compose.text) ?? [];
    const wanted = new Set([...compose.text.matchAll(/\$\{(\w+):\?/g)].map(([, variable]) => variable!));
    if (wanted.size === 0) continue;
    const given = textOf(files, example!);
    expect(
      [...wanted].filter((variable) => !new RegExp(`^${variable}=`, "m").test(given)),
      name,
    ).toEqual([]);
  }
});

test("no example holds a secret", () => {
  for (const [kind, options] of Object.values(variants)) {
    for (const { path, text } of renderTopology(kind, options).filter((file) => file.path.endsWith(".example"))) {
      for (const [line] of text.matchAll(/^(\w*(SECRET|PASSWORD|TOKEN|KEY)\w*)=.+$/gm)) expect.fail(`${path}: ${line}`);
    }
  }
});

test("managed: what is asked for is asked once, and groups hold nothing else than they may", () => {
  const blueprint = parse(textOf(renderTopology("managed"), "render.yaml")) as {
    services: readonly { name: string; envVars: readonly Readonly<Record<string, unknown>>[]; preDeployCommand?: string; plan: string }[];
    envVarGroups: readonly { envVars: readonly Readonly<Record<string, unknown>>[] }[];
  };
  const asked = blueprint.services.flatMap(({ envVars }) => envVars.filter((entry) => entry["sync"] === false).map((entry) => entry["key"]));
  expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
  expect(asked).toContain("DATABASE_URL");
  for (const entry of blueprint.envVarGroups.flatMap(({ envVars }) => envVars))
    expect(Object.keys(entry).toSorted().join(" ")).toMatch(/^(key value|generateValue key)$/);
  expect(blueprint.services.filter(({ preDeployCommand }) => preDeployCommand).map(({ name }) => name)).toEqual(["cooly-api"]);
  expect(blueprint.services.map(({ plan }) => plan)).toEqual(["1c-2g", "1c-2g", "0.5c-512mb"]);
});

test("managed: at Render too, no process is given what its roles do not read", () => {
  const rendered = parse(textOf(renderTopology("managed"), "render.yaml")) as {
    services: readonly { name: string; envVars: readonly { key?: string; fromGroup?: string }[] }[];
    envVarGroups: readonly { name: string; envVars: readonly { key: string }[] }[];
  };
  const inGroup = (wanted: string) => rendered.envVarGroups.find(({ name }) => name === wanted)!.envVars.map(({ key }) => key);
  for (const { name, envVars } of rendered.services) {
    const meant = topologyOf("managed").services.find(({ id }) => id === name)!.environment;
    expect(envVars.flatMap(({ key, fromGroup }) => (fromGroup === undefined ? key! : inGroup(fromGroup))).toSorted(), name).toEqual(
      Object.keys(meant).toSorted(),
    );
  }
});

test("hybrid: the database lets in the VPS alone, and nobody where there is a tunnel", () => {
  const allowed = (network: "outbound" | "tunnel"): unknown => {
    const { databases } = parse(textOf(renderTopology("hybrid", { network, vpsAddress: "198.51.100.7" }), "render.hybrid.yaml")) as {
      databases: readonly { ipAllowList: unknown }[];
    };
    return databases[0]!.ipAllowList;
  };
  expect(allowed("outbound")).toEqual([{ source: "198.51.100.7/32", description: "the VPS with the workers" }]);
  expect(allowed("tunnel")).toEqual([]);
});

test("hybrid: with an allowlist the firewall lets the named ranges to Redis, by IPv6 nobody, and everybody to 443", () => {
  const firewall = textOf(renderTopology("hybrid", { network: "allowlist", allowed: ["198.51.100.0/24", "192.0.2.0/24"] }), "firewall.sh");
  expect([...firewall.matchAll(/^ {2}allow (.*)$/gm)].map(([, rule]) => rule)).toEqual(["443", "6380 198.51.100.0/24", "6380 192.0.2.0/24"]);
  expect(firewall).toMatch(/^ {2}for port in 6380; do ip6tables -w -A COOLY-HOST -p tcp --dport "\$port" -j DROP; done$/m);
  const closed = textOf(renderTopology("hybrid"), "firewall.sh");
  expect(closed).not.toContain("COOLY-HOST");
  expect([...closed.matchAll(/^ {2}allow (.*)$/gm)]).toEqual([]);
});

test("hybrid: the API at Render is told what opens its figures, as the workers are", () => {
  const { services } = parse(textOf(renderTopology("hybrid"), "render.hybrid.yaml")) as {
    services: readonly { name: string; envVars: readonly { key: string }[] }[];
  };
  expect(services.find(({ name }) => name === "cooly-api")!.envVars.map(({ key }) => key)).toContain("METRICS_TOKEN");
});

test.each([
  { network: "outbound", found: "22 alone", names: [] },
  { network: "outbound", objectStore: "garage", found: "22 and 443", names: ["media"] },
  { network: "tls", found: "22, 443 and 6380", names: ["cache"] },
  { network: "allowlist", objectStore: "garage", found: "22 and 443", names: ["media", "cache"] },
] as const)("hybrid: the page says what a scan finds, and which names lead to the VPS: %j", ({ found, names, ...options }) => {
  const page = textOf(renderTopology("hybrid", options), "README.md");
  expect(page).toContain(`finds ${found}.`);
  const said = names.map((name) => `\`${name}.cooly.example.com\``).join(" and ");
  if (names.length === 0) expect(page).not.toContain("to the VPS, before");
  else expect(page).toContain(`; ${said} to the VPS, before it starts.`);
});

test("a second installation is another machine in the tailnet, and another role and schema at Supabase, whatever its name", () => {
  expect(textOf(renderTopology("hybrid", { network: "tunnel", name: "second-one" }), "docker-compose.workers.yml")).toContain(
    "TUNNEL_NAME: second-one-database",
  );
  const sql = textOf(renderTopology("managed", { name: "second-one" }), "setup/supabase.sql");
  expect(sql).not.toMatch(/(role|schema|authorization|grant) second-one/);
  expect(sql).toContain('create role "second-one" login;');
});

test.each(["garage", "seaweedfs"] as const)("vps with %s: nobody is told to put the store's console behind a proxy that asks for nothing", (objectStore) => {
  const [, line] = /^(With Dokploy: .*)$/m.exec(textOf(renderTopology("vps", { objectStore }), "README.md"))!;
  expect(line).toContain("media.cooly.example.com");
  expect(line).not.toContain("console");
});

test.each([
  ["ghcr.io/acme", "ghcr.io", "GITHUB_TOKEN"],
  ["registry.example.net:5000/acme", "registry.example.net:5000", "REGISTRY_PASSWORD"],
  ["acme", "docker.io", "REGISTRY_PASSWORD"],
])("images are pushed to %s by an account that may", (registry, server, secret) => {
  const text = textOf(renderTopology("vps", { registry }), "github-images.yml");
  expect(text).toContain(`registry: ${server}\n`);
  expect(text).toContain(`secrets.${secret} }}`);
});

test("a domain of one's own is everywhere, and the example's nowhere", () => {
  for (const kind of ["managed", "vps", "hybrid"] as const) {
    for (const { path, text } of renderTopology(kind, { domain: "studio.test.example.net" })) expect(text, path).not.toContain("cooly.example.com");
  }
});
