/** What a container may do, and what becomes of the machine when it goes wrong. */
import { isRecord, type ComposeEntry } from "../compose-model.ts";
import { eachComposeEntry, when } from "./rule.ts";

/** It runs once and ends. */
const isTask = ({ raw }: ComposeEntry): boolean => raw["restart"] === "no" || raw["restart"] === false;

export const pinned = eachComposeEntry(({ name, image }) => {
  if (image === null || image.includes("@sha256:")) return [];
  const tag = /:([\w.-]+)$/.exec(image)?.[1];
  return when(tag === undefined || tag === "latest", () => ({
    rule: "latest-tag",
    says: `${name} runs whatever ${image} is on the day.`,
    cause:
      tag === undefined
        ? "The image has no tag, which means latest."
        : "The tag latest changes by itself: a restart may bring another version, and going back is not possible.",
    fix: "Name a version, or a digest.",
  }));
});

/** Deleted from the registry, after a year without updates. */
export const gone = eachComposeEntry(({ name, image }) =>
  when(/(^|\/)minio\/(minio|mc)(:|@|$)|bitnami\/minio/.test(image ?? ""), () => ({
    rule: "minio-image",
    says: `${name} names ${image}, which cannot be pulled.`,
    cause: "MinIO's community images were deleted from Docker Hub in September 2026; what is left elsewhere gets no security updates.",
    fix: "Use Garage or SeaweedFS (cooly deploy render --object-store), or a bucket elsewhere.",
  })),
);

export const root = eachComposeEntry((service) => {
  const { name, user, networks } = service;
  // Without a network and for a moment, root can give volumes to their users, and nothing else.
  if (networks.length === 0 && isTask(service)) return [];
  return when(user === null || /^(root|0)(:|$)/.test(user), () => ({
    rule: "root",
    says: `${name} runs as root.`,
    cause: user === null ? "It names no user, and images start as root unless they say otherwise." : `Its user is ${user}.`,
    fix: 'Name one, for example user: "10001:10001", and give it the volumes that it writes.',
  }));
});

export const healthy = eachComposeEntry((service) => {
  const check = isRecord(service.raw["healthcheck"]) ? service.raw["healthcheck"] : null;
  const test = JSON.stringify(check?.["test"] ?? "");
  const isOff = check === null || check["disable"] === true || /"NONE"/.test(test);
  return [
    ...when(isOff && !isTask(service), () => ({
      rule: "no-health-check",
      says: `Nobody notices when ${service.name} hangs.`,
      cause: "It has no health check, so Docker takes it for well as long as its process exists.",
      fix: "Give it a healthcheck with a program of its image, such as node, pg_isready or redis-cli.",
    })),
    ...when(!isOff && /\bcurl\b/.test(test), () => ({
      rule: "no-health-check",
      says: `${service.name} is never healthy: its check calls curl.`,
      cause: "Slim images have no curl, and the proxy sends nobody to what is not healthy.",
      fix: "Use a program of the image: node, pg_isready, redis-cli, or wget where there is a busybox.",
    })),
  ];
});

export const bounded = eachComposeEntry((service) => {
  const { raw, name } = service;
  const deploy =
    isRecord(raw["deploy"]) && isRecord(raw["deploy"]["resources"]) && isRecord(raw["deploy"]["resources"]["limits"])
      ? raw["deploy"]["resources"]["limits"]
      : {};
  const log = isRecord(raw["logging"]) && isRecord(raw["logging"]["options"]) ? raw["logging"]["options"] : {};
  return [
    ...when(deploy["memory"] === undefined && raw["mem_limit"] === undefined, () => ({
      rule: "no-limit",
      says: `${name} may take all of the machine's memory.`,
      cause: "It has no limit: the kernel then picks a victim among all services.",
      fix: "Set deploy.resources.limits.memory.",
    })),
    ...when(!isRecord(raw["logging"]) || ((raw["logging"]["driver"] ?? "json-file") === "json-file" && log["max-size"] === undefined), () => ({
      rule: "endless-log",
      says: `The log of ${name} grows until the disk is full.`,
      cause: "Docker's json-file does not rotate by itself.",
      fix: "Set logging.options max-size and max-file.",
    })),
  ];
});

export const privileges = eachComposeEntry(({ raw, name }) => {
  const dropped = Array.isArray(raw["cap_drop"]) && raw["cap_drop"].map(String).includes("ALL");
  const fixed = Array.isArray(raw["security_opt"]) && raw["security_opt"].some((option) => /^no-new-privileges([:=]true)?$/.test(String(option)));
  const lacks = [...(dropped ? [] : ["cap_drop: [ALL]"]), ...(fixed ? [] : ["security_opt: [no-new-privileges:true]"])];
  return when(lacks.length > 0, () => ({
    rule: "privileges",
    says: `${name} keeps rights that it does not need.`,
    cause: `It lacks ${lacks.join(" and ")}.`,
    fix: "Add it; what breaks names the one capability that it needs, which cap_add gives back.",
  }));
});
