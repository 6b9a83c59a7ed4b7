import { BaseSequencer, type TestSpecification } from "vitest/node";

// The first fills a core with its browser: beside it comes what mostly waits, and after it what has to be done within a time.
const longest = [
  "test/e2e/looks",
  "test/lifecycle/doctor",
  "test/e2e/compare",
  "test/lifecycle/queue-faults",
  "packages/drivers/src/store/s3/faults",
  "packages/engine/test/crash-points",
  "test/lifecycle/switch",
  "test/lifecycle/queue-drivers",
  "packages/drivers/test/queue-sqs",
  "packages/drivers/test/queue-bullmq-trouble",
  "packages/drivers/test/queue-sqs-trouble",
  "packages/drivers/test/queue-postgres",
  "packages/drivers/test/queue-bullmq",
  "packages/engine/test/simulator",
  "packages/engine/test/ledger.model",
  "packages/engine/test/vendor-words",
  "packages/engine/test/proofs",
  "packages/drivers/test/store-radosgw",
  "packages/drivers/test/examine",
  "packages/drivers/test/store-memory",
  "packages/drivers/test/store-emulator",
  "packages/engine/test/dead-letters",
  "test/lifecycle/simulator",
  "test/lifecycle/dead-letters",
  "test/deploy/guides",
  "test/lifecycle/operator",
  "test/lifecycle/roles",
  "test/lifecycle/watched",
  "test/lifecycle/secrets",
  "test/lifecycle/up",
  "test/lifecycle/bucket",
  "test/chaos/short",
  "test/e2e/story",
  "test/lifecycle/one-database",
  "test/e2e/keyboard",
  "apps/server/test/api/kept-sessions",
];

/** What takes long does not begin last, when one core would watch the other; a fresh clone knows no durations to go by. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = longest.findIndex((name) => moduleId.includes(`/${name}.`));
      return found < 0 ? longest.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
