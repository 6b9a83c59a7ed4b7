/** Parameters of a model that take a file, by their hints: `{"type":"object","x-ui":{"control":"image"}}`, or a list of such. */
export const uploadPurposes = ["image", "mask", "audio"] as const;
export type UploadPurpose = (typeof uploadPurposes)[number];

export interface FileParam {
  readonly name: string;
  readonly purpose: UploadPurpose;
  readonly isList: boolean;
  /** Of a mask: the parameter whose picture it is for. */
  readonly maskOf: string | null;
}

type Json = Readonly<Record<string, unknown>>;

const purposes: Readonly<Record<string, UploadPurpose>> = { image: "image", "image-list": "image", frame: "image", mask: "mask", audio: "audio" };

export function fileParamsOf(params: Json): readonly FileParam[] {
  const found = Object.entries(recordOf(params["properties"])).flatMap(([name, schema]) => {
    const hint = recordOf(recordOf(schema)["x-ui"]);
    const purpose = purposes[String(hint["control"])];
    return purpose === undefined ? [] : [{ name, purpose, isList: hint["control"] === "image-list", of: hint["mask_of"] }];
  });
  const picture = found.find(({ purpose }) => purpose === "image")?.name ?? null;
  return found.map(({ of, ...param }) => ({ ...param, maskOf: param.purpose !== "mask" ? null : typeof of === "string" ? of : picture }));
}

const recordOf = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {});
