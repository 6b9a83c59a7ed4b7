/** vercel.json, and what belongs to the project instead. */
import { isRecord } from "../compose-model.ts";
import { when, type Rule } from "./rule.ts";

const SECONDS_MAX = 800;

export const vercel: Rule = ({ documents }) =>
  documents.flatMap(({ path, value }) => {
    if (!path.endsWith("vercel.json") || !isRecord(value)) return [];
    const functions = isRecord(value["functions"]) ? Object.values(value["functions"]).filter(isRecord) : [];
    return [
      ...when("rootDirectory" in value, () => ({
        rule: "vercel-setting",
        says: "rootDirectory in vercel.json is refused.",
        cause: "It is a setting of the project, as the file is looked for below it.",
        fix: "Set apps/frontend in the project's settings, and remove the line.",
      })),
      ...when(
        functions.some(({ maxDuration }) => typeof maxDuration === "number" && maxDuration > SECONDS_MAX),
        () => ({
          rule: "vercel-setting",
          says: "A function asks for more time than Vercel gives.",
          cause: `The most is ${SECONDS_MAX} seconds, with the plan Pro.`,
          fix: "Leave long work to the workers.",
        }),
      ),
      ...when("env" in value, () => ({
        rule: "vercel-setting",
        says: "vercel.json holds variables.",
        cause: "They are in the repository for everybody, and the same in every environment.",
        fix: "Set them in the project's settings.",
      })),
    ].map((found) => ({ file: path, ...found }));
  });
