import { describe, expect, test } from "vitest";
import { countChanged, fieldOfPath, formFields, inputOf, recipeOf, valueOf } from "./form-fields.ts";

const params = {
  type: "object",
  additionalProperties: false,
  required: ["prompt"],
  properties: {
    seed: { type: "integer", minimum: 0, maximum: 99, "x-ui": { label: "Seed", group: "advanced", control: "seed", order: 9 } },
    guidance: { type: "number", minimum: 0, maximum: 20, multipleOf: 0.5, default: 7.5, "x-ui": { label: "Guidance", group: "advanced", control: "slider", order: 3 } },
    size: { type: "string", enum: ["1024x1024", "1024x768"], default: "1024x1024", "x-ui": { label: "Size", group: "main", control: "size", order: 1, labels: { "1024x1024": "Square" } } },
    prompt: { type: "string", maxLength: 2000, "x-ui": { label: "Prompt", group: "prompt", control: "prompt", order: 0 } },
    fine_detail: { type: "boolean", default: false },
  },
};

const fields = formFields(params);
const field = (name: string) => fields.find((one) => one.name === name)!;

describe("the form of a model", () => {
  test("has its fields by group and order; what has no hint comes last", () => {
    expect(fields.map(({ name }) => name)).toEqual(["prompt", "size", "guidance", "seed", "fine_detail"]);
  });

  test("takes limits, choices and labels from the schema", () => {
    expect(field("guidance")).toMatchObject({ control: "slider", min: 0, max: 20, step: 0.5, fallback: 7.5, whole: false });
    expect(field("size").choices).toEqual([
      { value: "1024x1024", label: "Square" },
      { value: "1024x768", label: "1024x768" },
    ]);
    expect(field("prompt")).toMatchObject({ required: true, maxLength: 2000 });
    expect(field("seed")).toMatchObject({ step: 1, whole: true });
  });

  test("finds a control and a name for a parameter without hints", () => {
    expect(field("fine_detail")).toMatchObject({ control: "toggle", group: "advanced", label: "Fine detail" });
  });

  test("is empty for a schema that says nothing", () => {
    expect(formFields({})).toEqual([]);
    expect(formFields({ properties: { odd: true } })).toEqual([]);
  });
});

describe("what is sent", () => {
  test("is what was chosen or taken by default, without anything empty or foreign", () => {
    expect(inputOf(fields, "  Boats ", { seed: null, guidance: 3, ghost: 1 })).toEqual({ prompt: "Boats", size: "1024x1024", guidance: 3, fine_detail: false });
  });

  test("is never a choice that the model no longer has", () => {
    expect(valueOf(field("size"), { size: "1x1" })).toBe("1024x1024");
  });

  test("comes back out of a generation as it went in", () => {
    const input = inputOf(fields, "Boats", { size: "1024x768", seed: 5 });
    expect(inputOf(fields, "Boats", recipeOf(fields, input))).toEqual(input);
  });
});

test("changed is what differs from the model's own", () => {
  expect(countChanged(fields, {})).toBe(0);
  expect(countChanged(fields, { guidance: 7.5, seed: null })).toBe(0);
  expect(countChanged(fields, { guidance: 8, seed: 0 })).toBe(2);
});

test("a complaint finds its field, however the path is written", () => {
  expect(["/input/size", "input.size", "size", "/size"].map(fieldOfPath)).toEqual(["size", "size", "size", "size"]);
  expect(fieldOfPath("/model")).toBe("model");
  expect(fieldOfPath("")).toBe("");
});
