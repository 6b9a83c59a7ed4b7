/** A page that needs nothing else: no script, no font, no address. */
import { chartStyle, drawPair, drawUsers, escape } from "./charts.ts";
import type { Comparison, Row } from "./comparison.ts";
import { digits, show, type Verdict } from "./figures.ts";
import { sides } from "./load.ts";
import { faster, more, notesOf, ratioText, usersText } from "./table.ts";

const style = `
  :root { color-scheme: light dark; --page: #f6f8fa; --card: #ffffff; --ink: #1f2328; --soft: #57606a; --line: #d8dee4; --a: #0969da; --b: #bc4c00; --bad: #cf222e; }
  @media (prefers-color-scheme: dark) {
    :root { --page: #0d1117; --card: #151b23; --ink: #e6edf3; --soft: #9198a1; --line: #30363d; --a: #4493f8; --b: #f0883e; --bad: #ff7b72; }
  }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
  main { max-width: 1000px; margin: 0 auto; padding: 32px 16px 48px; }
  h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; } h2 { font-size: 17px; margin: 0 0 12px; } h3 { font-size: 14px; font-weight: 600; margin: 0; }
  p { margin: 0; } .soft { color: var(--soft); }
  .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px; margin-top: 16px; }
  .both { display: grid; gap: 16px; grid-template-columns: 1fr 1fr; } .both .card { overflow-wrap: anywhere; }
  .key { display: inline-grid; place-items: center; width: 22px; height: 22px; border-radius: 6px; color: var(--card); font-weight: 700; font-size: 13px; line-height: 1; }
  .key.a { background: var(--a); } .key.b { background: var(--b); }
  .told { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 20px 32px; } .told ul { margin-top: 6px; }
  .measures { display: grid; grid-template-columns: 1fr 1fr; gap: 20px 32px; }
  .measure .head, .values { display: flex; justify-content: space-between; gap: 4px 12px; flex-wrap: wrap; align-items: baseline; }
  .tag { font-size: 12px; font-weight: 600; white-space: nowrap; color: var(--soft); } .tag.a { color: var(--a); } .tag.b { color: var(--b); }
  .values { font-size: 13px; color: var(--soft); font-variant-numeric: tabular-nums; } .values b { color: var(--ink); font-weight: 600; }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
  th, td { text-align: left; padding: 8px 12px 8px 0; border-top: 1px solid var(--line); vertical-align: top; } thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: 13px; }
  tbody th { font-weight: 400; } tbody th b { display: block; font-size: 13px; color: var(--soft); font-weight: 600; }
  ul { margin: 0; padding-left: 20px; } li + li { margin-top: 4px; }
  @media (max-width: 720px) {
    main { padding: 20px 12px 32px; } .card { padding: 16px; } .both, .measures { grid-template-columns: 1fr; } .both { gap: 0; }
    thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    tr { display: grid; grid-template-columns: 1fr 1fr; border-top: 1px solid var(--line); padding: 10px 0; gap: 4px 12px; } tbody tr:first-child { border-top: 0; }
    th, td { border: 0; padding: 0; } tbody th { grid-column: 1 / -1; } td::before { content: attr(data-of); display: block; font-size: 12px; color: var(--soft); }
  }
  @media print { body { background: none; } .card { break-inside: avoid; } }`;

export function drawReport(comparison: Comparison): string {
  const { installations, users, targetMs, seed, rounds, at } = comparison;
  const title = "Two installations of Cooly, compared";
  const charted = users.a.steps.length + users.b.steps.length > 0;
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>`,
    `<link rel="icon" href="data:,"><style>${style}${chartStyle}</style></head><body><main>`,
    `<h1>${title}</h1><p class="soft">${escape(at.slice(0, 16).replace("T", " "))} UTC, seed ${seed}, ${rounds} rounds in which both took turns</p>`,
    `<div class="both">${sides.map((side) => `<section class="card" aria-label="${side}"><p><span class="key ${side}">${side}</span> <b>${escape(installations[side].name)}</b> ${escape(installations[side].version)}</p><p>${escape(installations[side].url)}</p></section>`).join("")}</div>`,
    drawSummary(comparison),
    ...groupsOf(comparison.rows),
    ...(charted
      ? [
          `<section class="card"><h2>Concurrent users</h2><p class="soft">The slowest of a hundred requests (p99, ms), by users who order, wait and look at the library at once. A ring: missed.</p>${drawUsers(users, targetMs)}<div class="values">${sides.map((side) => `<span><span class="key ${side}">${side}</span> <b>${escape(usersText(users[side]))}</b></span>`).join("")}</div></section>`,
        ]
      : []),
    tableOf(comparison),
    `<section class="card"><h2>How to read this</h2><ul>${notesOf(comparison)
      .map((note) => `<li>${escape(note)}</li>`)
      .join("")}<li>Bars are medians, whiskers reach from the least round to the most. Each pair has a scale of its own.</li></ul></section>`,
    "</main></body></html>\n",
  ].join("\n");
}

/** Who is faster in what; `even`: nobody can tell. */
export function summaryOf({ rows }: Pick<Comparison, "rows">): { verdict: Verdict; says: readonly string[] }[] {
  const told = (["a", "b", "even"] as const).map((verdict) => ({ verdict, says: rows.filter((row) => row.faster === verdict).map(nameOf) }));
  return told.filter(({ says }) => says.length > 0);
}

const nameOf = ({ says, ratio, faster: verdict }: Row): string => {
  if (!ratio || verdict === "even") return says;
  return `${says}: ${digits(verdict === "a" ? ratio.median : 1 / ratio.median)} times`;
};

function drawSummary(comparison: Comparison): string {
  const { users, carriesMore } = comparison;
  const told = summaryOf(comparison).map(({ verdict, says }) => {
    const head = verdict === "even" ? "Not told apart" : `<span class="key ${verdict}">${verdict}</span> is faster`;
    return `<div><h3>${head}</h3><ul>${says.map((line) => `<li>${escape(line)}</li>`).join("")}</ul></div>`;
  });
  const crowd = `<div><h3>Users at once</h3><ul>${sides.map((side) => `<li>${side}: ${escape(usersText(users[side]))}</li>`).join("")}<li>${more(carriesMore)}</li></ul></div>`;
  return `<section class="card"><h2>What can be said</h2><div class="told">${told.join("")}${users.a.steps.length === 0 ? "" : crowd}</div></section>`;
}

function groupsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ group }) => group))].map((group) => {
    const drawn = rows.filter((row) => row.group === group).map(drawMeasure);
    return `<section class="card"><h2>${escape(group)}</h2><div class="measures">${drawn.join("")}</div></section>`;
  });
}

const drawMeasure = (row: Row): string =>
  [
    `<div class="measure"><div class="head"><h3>${escape(row.says)}</h3><span class="tag ${row.faster}">${faster(row.faster)}</span></div>`,
    drawPair(row),
    `<div class="values">${sides.map((side) => `<span>${side} <b>${digits(row[side].median)} ${row.unit}</b></span>`).join("")}<span>b / a ${row.ratio ? digits(row.ratio.median) : "none"}</span></div></div>`,
  ].join("");

function tableOf(comparison: Comparison): string {
  const { rows, users, targetMs, carriesMore } = comparison;
  const line = (group: string, says: string, [a, b, ratio, verdict]: readonly [string, string, string, string]): string =>
    `<tr><th scope="row"><b>${escape(group)}</b>${escape(says)}</th><td data-of="a">${escape(a)}</td><td data-of="b">${escape(b)}</td><td data-of="b / a">${escape(ratio)}</td><td data-of="verdict">${escape(verdict)}</td></tr>`;
  return [
    `<section class="card"><h2>The table</h2><table><thead><tr><th scope="col">median (least to most)</th><th scope="col">a, ms</th><th scope="col">b, ms</th><th scope="col">b / a</th><th scope="col">verdict</th></tr></thead><tbody>`,
    ...rows.map((row) => line(row.group, row.says, [show(row.a), show(row.b), ratioText(row), faster(row.faster)])),
    ...(users.a.steps.length === 0
      ? []
      : [line("Concurrent users", `p99 within ${digits(targetMs)} ms`, [usersText(users.a), usersText(users.b), "", more(carriesMore)])]),
    "</tbody></table></section>",
  ].join("");
}
