import { describe, expect, test } from "vitest";
import { variants } from "../../../../tools/pages/deploy.ts";
import { topologyOf } from "../topologies/index.ts";
import { drawTopology } from "./diagram.ts";

const drawn = Object.entries(variants).map(([name, [kind, options]]) => ({
  name,
  topology: topologyOf(kind, options),
  svg: drawTopology(topologyOf(kind, options)),
}));

describe.each(drawn)("$name", ({ topology, svg }) => {
  test("shows each service that stays, by its name", () => {
    const shown = [...svg.matchAll(/class="name"[^>]*>([^<]+)</g)].map(([, name]) => name);
    const wanted = topology.services.filter(({ kind }) => kind !== "task").map(({ id }) => id.replace(`${topology.name}-`, ""));
    expect(shown.filter((name) => name !== "people").toSorted()).toEqual(wanted.toSorted());
  });

  test("boxes and hosts stand apart, within the picture", () => {
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
    for (const kind of ["host", "box"]) {
      const some = [...svg.matchAll(new RegExp(`class="${kind}[^"]*" x="([\\d.]+)" y="([\\d.]+)" width="([\\d.]+)" height="([\\d.]+)"`, "g"))].map((found) => {
        const [, x, y, across, down] = found.map(Number) as [number, number, number, number, number];
        return { x, y, right: x + across, bottom: y + down };
      });
      const over = some.filter((one, index) =>
        some.some((other, at) => at > index && one.x < other.right && other.x < one.right && one.y < other.bottom && other.y < one.bottom),
      );
      expect([kind, over]).toEqual([kind, []]);
      for (const { x, y, right, bottom } of some) expect(x >= 0 && y >= 0 && right <= width! && bottom <= height!).toBe(true);
    }
  });

  test("words fit into their boxes, and nothing is left free for people who do not come", () => {
    for (const [, words] of svg.matchAll(/class="(?:small|name)"[^>]*text-anchor="middle">([^<]+)</g)) expect(words!.length, words).toBeLessThanOrEqual(26);
    const hosts = [...svg.matchAll(/class="host" x="([\d.]+)"/g)].map(([, x]) => Number(x));
    expect(Math.min(...hosts) > 84).toBe(svg.includes(">people<"));
  });

  test("is made of numbers, and says what each kind of line is", () => {
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    for (const { over } of topology.links) expect(svg).toContain(`class="link ${over}"`);
  });
});
