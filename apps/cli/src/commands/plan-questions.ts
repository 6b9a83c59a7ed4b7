/** The decision matrix as questions. An empty answer takes what is in brackets. */
import { needs, type Need } from "@cooly/topology/plan";
import { Misuse } from "../arguments.ts";
import type { World } from "../command.ts";
import type { PartialTraffic } from "./plan-options.ts";

interface Question {
  readonly asks: string;
  readonly usual: string;
  readonly reads: RegExp;
  readonly wants: string;
  readonly takes: (answer: string) => PartialTraffic;
}

const NUMBER = /^\d{1,8}(\.\d{1,3})?$/;
const WHOLE = /^[1-9]\d{0,6}$/;

const questions: readonly Question[] = [
  { asks: "How many people use it on a usual day?", usual: "100", reads: WHOLE, wants: "a whole number", takes: (answer) => ({ dailyUsers: Number(answer) }) },
  {
    asks: "How many generations does one of them make a day?",
    usual: "5",
    reads: NUMBER,
    wants: "a number",
    takes: (answer) => ({ generationsPerUser: Number(answer) }),
  },
  {
    asks: "How many outputs has one generation?",
    usual: "2",
    reads: /^[1-9]\d?$/,
    wants: "1 to 99",
    takes: (answer) => ({ outputsPerGeneration: Number(answer) }),
  },
  {
    asks: "How many of a hundred outputs are videos? The others are images.",
    usual: "0",
    reads: /^(100|\d{1,2})$/,
    wants: "0 to 100",
    takes: (answer) => ({ shares: { image: 100 - Number(answer), video: Number(answer), audio: 0 } }),
  },
  {
    asks: "For how many days are media kept?",
    usual: "365",
    reads: /^[1-9]\d{0,3}$/,
    wants: "a whole number",
    takes: (answer) => ({ retentionDays: Number(answer) }),
  },
  { asks: "Where are servers to stand, eu or us?", usual: "eu", reads: /^(eu|us)$/, wants: "eu or us", takes: (answer) => ({ region: answer as "eu" | "us" }) },
  {
    asks: "In which currency, usd or eur?",
    usual: "usd",
    reads: /^(usd|eur)$/,
    wants: "usd or eur",
    takes: (answer) => ({ currency: answer.toUpperCase() as "USD" | "EUR" }),
  },
];

/** What options have said already is taken as it is, and not asked. */
export async function askTraffic(world: World, given: PartialTraffic): Promise<PartialTraffic> {
  let traffic: PartialTraffic = {};
  for (const question of questions) {
    const known = Object.keys(question.takes(question.usual)).some((name) => name in given);
    if (!known) traffic = { ...traffic, ...question.takes(await askUntil(world, question)) };
  }
  const insists: Need[] = [];
  if (given.needs === undefined) {
    for (const [need, { asks }] of Object.entries(needs)) {
      const answer = await askUntil(world, { asks: `${asks} yes or no`, usual: "no", reads: /^(y|yes|n|no)$/, wants: "yes or no" });
      if (answer.startsWith("y")) insists.push(need as Need);
    }
  }
  return { needs: insists, ...traffic, ...given };
}

async function askUntil(world: World, { asks, usual, reads, wants }: Omit<Question, "takes">): Promise<string> {
  for (;;) {
    const said = await world.ask(`${asks} [${usual}]`);
    if (said === null) throw new Misuse("nobody answers; --interactive needs a terminal");
    const answer = said.trim().toLowerCase() || usual;
    if (reads.test(answer)) return answer;
    world.complain(`That is to be ${wants}.`);
  }
}
