/** What Docker Compose 1.29, which servers still have, refuses or misreads. */
import { isRecord } from "../compose-model.ts";
import { eachCompose, when } from "./rule.ts";

const TOP = ["name", "include", "models"];
const SERVICE = ["annotations", "attach", "develop", "gpus", "label_file", "models", "post_start", "pre_stop", "provider", "cgroup"];

const found = (what: string) => ({
  rule: "older-compose",
  says: `Docker Compose 1.29 refuses the whole file for ${what}.`,
  cause: "It came with version 2. Debian's and Ubuntu's own packages are still 1.29.",
  fix: "Write it the older way, which both take, or leave it out.",
});

export const older = eachCompose(({ raw, services }) => [
  ...TOP.filter((key) => key in raw).map((key) => found(`the top-level key ${key}`)),
  ...services.flatMap(({ name, raw: service }) => serviceKeys(service).map((key) => found(`${key} of ${name}`))),
  ...when(/\$\{\w+:?[-?+][^{}]*\$\{/.test(JSON.stringify(raw)), () => ({
    rule: "older-compose",
    says: "Docker Compose 1.29 misreads a default within a default.",
    cause: "Of ${A:-${B:-c}} it makes something else without a word.",
    fix: "Ask for the one variable alone, with a plain default or none.",
  })),
  ...when(/\$\{\w+:?\+/.test(JSON.stringify(raw)), () => found("${NAME:+text}")),
]);

function serviceKeys(service: Readonly<Record<string, unknown>>): readonly string[] {
  const health = isRecord(service["healthcheck"]) ? service["healthcheck"] : {};
  const depends = isRecord(service["depends_on"]) ? Object.values(service["depends_on"]).filter(isRecord) : [];
  const ports = Array.isArray(service["ports"]) ? service["ports"].filter(isRecord) : [];
  const environment = isRecord(service["environment"]) ? Object.values(service["environment"]) : [];
  return [
    ...SERVICE.filter((key) => key in service),
    ...("start_interval" in health ? ["healthcheck.start_interval"] : []),
    ...(depends.some((how) => "required" in how || "restart" in how) ? ["depends_on with required or restart"] : []),
    ...(ports.some((port) => "host_ip" in port || "name" in port || "app_protocol" in port) ? ["the long form of ports with host_ip"] : []),
    ...(Array.isArray(service["env_file"]) && service["env_file"].some(isRecord) ? ["the long form of env_file"] : []),
    ...(environment.some((value) => typeof value === "boolean") ? ["a variable that is true or false without quotes"] : []),
  ];
}
