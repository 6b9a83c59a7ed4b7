import { BaseSequencer, type TestSpecification } from "vitest/node";

// Minutes to seconds. The first has a browser to itself; what is beside it are processes that wait for each other.
const longest = [
  "test/e2e/looks",
  "test/lifecycle/up",
  "test/lifecycle/roles",
  "packages/engine/test/crash-points",
  "test/lifecycle/operator",
  "test/e2e/story",
  "test/lifecycle/simulator",
  "packages/engine/test/simulator",
  "test/lifecycle/one-database",
  "test/e2e/keyboard",
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
