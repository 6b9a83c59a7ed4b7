/** The dashboard and the alerts ask for figures that exist, by labels that they have. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Log } from "@cooly/engine/ports";
import { metrics, processMetrics, type MetricName } from "../../src/metrics/list.ts";
import { createMeters } from "../../src/metrics/prometheus.ts";

const deploy = join(import.meta.dirname, "../../../../deploy");
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(readFileSync(join(deploy, "grafana/cooly.json"), "utf8")) as {
  panels: readonly Panel[];
  templating: { list: readonly { name: string; definition?: string }[] };
};
const alerts = readFileSync(join(deploy, "prometheus/cooly.rules.yml"), "utf8").split("      - alert: ").slice(1);

const asked = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, expr })));
const ruled = alerts.map((alert) => ({ where: alert.split("\n")[0]!, expr: /^ {8}expr: (['"])(.+)\1$/m.exec(alert)?.[2] ?? "" }));

/** Every name that this process tells, a histogram by its parts too. */
async function known(): Promise<ReadonlyMap<string, readonly string[] | null>> {
  const { text } = await createMeters(silent).render();
  const names = new Map<string, readonly string[] | null>();
  for (const [, name, kind] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
    const labels = Object.hasOwn(metrics, name!) ? metrics[name as MetricName].labels : null;
    for (const part of kind === "histogram" ? ["_bucket", "_sum", "_count"] : [""]) names.set(name! + part, labels);
  }
  return names;
}

const NAME = /\b(?:cooly|process|nodejs)_\w+/g;
const ALWAYS = ["le", "instance", "job"];

/** What an expression asks for that nobody tells. */
function strangers(expr: string, names: ReadonlyMap<string, readonly string[] | null>): string[] {
  const found = expr.match(NAME) ?? [];
  if (found.length === 0) return ["no figure at all"];
  const unknown = found.filter((name) => !names.has(name));
  const labels = found.flatMap((name) => names.get(name) ?? []);
  const wanted = [
    ...[...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(",")),
    ...[...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, list]) => [...list!.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!)),
  ].map((label) => label.trim());
  return [...unknown, ...wanted.filter((label) => !labels.includes(label) && !ALWAYS.includes(label))];
}

test("every figure on the dashboard and in an alert exists, and so does every label", async () => {
  const names = await known();
  expect([...asked, ...ruled].flatMap(({ where, expr }) => strangers(expr, names).map((stranger) => `${where}: ${stranger}`))).toEqual([]);
  expect([asked.length, ruled.length].every((count) => count >= 15)).toBe(true);
  for (const name of processMetrics) expect([...names.keys()]).toContain(name);
  // Seen to find what is wrong.
  expect(strangers('sum by (route) (rate(cooly_http_requests_total{state="x"}[5m]))', names)).toEqual(["cooly_http_requests_total", "route", "state"]);
});

test("the dashboard shows queues, roles, providers, money, event streams and errors", () => {
  const shown = asked.map(({ expr }) => expr).join("\n");
  for (const part of [
    "cooly_queue_",
    "cooly_role_",
    "cooly_provider_",
    "cooly_storage_",
    "cooly_ledger_",
    "cooly_event_",
    "cooly_log_lines_total",
    "cooly_cache_up",
  ])
    expect(shown).toContain(part);
  const panels = dashboard.panels.filter(({ type }) => type !== "row");
  expect(panels.every(({ targets }) => (targets?.length ?? 0) > 0)).toBe(true);
  expect(new Set(dashboard.panels.map((panel) => (panel as unknown as { id: number }).id)).size).toBe(dashboard.panels.length);
});

test("every alert says how bad it is, what it means and what to do", () => {
  for (const alert of alerts)
    for (const line of [
      /^ {8}expr: (['"]).+\1$/m,
      /^ {8}for: \d+[mh]$/m,
      /^ {10}severity: (warning|critical)$/m,
      /^ {10}summary: ".+"$/m,
      /^ {10}description: ".+"$/m,
    ])
      expect(alert).toMatch(line);
  expect(new Set(ruled.map(({ where }) => where)).size).toBe(ruled.length);
});
