/** A manifest's graph with what somebody asked for in it. */
import { z } from "zod";

const Graph = z.record(z.string(), z.looseObject({ class_type: z.string(), inputs: z.record(z.string(), z.unknown()) }));
export type Graph = z.infer<typeof Graph>;

const Asked = z.object({
  /** As ComfyUI exports it for its API. */
  graph: Graph,
  /** What takes the place of inputs of it, by node and name. */
  inputs: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  /** The same for inputs that name a file: it is uploaded first. A text of a person is never taken for one. */
  files: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  /** The node whose file is the result; without it, the first file that is no preview. */
  output: z.string().optional(),
  /** Whether a prompt may name embeddings, which are files of the server. */
  allow_embeddings: z.boolean().default(false),
});

export interface Attached {
  readonly mime: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Place {
  readonly node: string;
  readonly input: string;
  readonly file: Attached;
}

export type Bound =
  | { readonly outcome: "bound"; readonly graph: Graph; readonly output: string | null; readonly files: readonly Place[] }
  /** A mistake of the manifest. */
  | { readonly outcome: "unfit"; readonly why: string };

/** Puts what was asked for where the manifest wants it; files are named, and wait to be uploaded. */
export function bind(request: Readonly<Record<string, unknown>>): Bound {
  const asked = Asked.safeParse(request);
  if (!asked.success) return { outcome: "unfit", why: "The model's manifest holds no graph that ComfyUI could read." };
  const { graph, inputs, files, output, allow_embeddings: withEmbeddings } = asked.data;
  const strange = [...Object.keys(inputs), ...Object.keys(files)].find((name) => nodeIn(graph, name) === null);
  if (strange !== undefined) return { outcome: "unfit", why: `The graph of the model's manifest has no node ${strange}.` };
  for (const { node, input, value } of placesOf(graph, inputs)) graph[node]!.inputs[input] = typeof value === "string" && withEmbeddings ? value : plain(value);
  const places = placesOf(graph, files).map(({ value, ...place }) => ({ ...place, file: attachedIn(value) }));
  const fileless = places.find(({ file }) => file === null);
  if (fileless) return { outcome: "unfit", why: `What the model's manifest puts at ${fileless.node}.${fileless.input} is no file.` };
  return { outcome: "bound", graph, output: output === undefined ? null : nodeIn(graph, output), files: places as readonly Place[] };
}

const placesOf = (graph: Graph, values: Readonly<Record<string, Readonly<Record<string, unknown>>>>) =>
  Object.entries(values).flatMap(([name, inputs]) => Object.entries(inputs).map(([input, value]) => ({ node: nodeIn(graph, name)!, input, value })));

/** An exported graph has numbers for names, which no field of a manifest can begin with: there, node 3 is called n3. */
function nodeIn(graph: Graph, name: string): string | null {
  const names = [name, name.replace(/^n(?=\d)/, "")];
  return names.find((one) => Object.hasOwn(graph, one)) ?? null;
}

// A list would be read as a link to another node; what comes from a person is never one.
const plain = (value: unknown): unknown => (typeof value === "string" ? plainPrompt(value) : Array.isArray(value) ? { __value__: value } : value);

/** A user's words must not load files of the server. */
export const plainPrompt = (prompt: string): string => prompt.replaceAll(/embedding:/giu, "embedding ");

const BASE64 = /^(?:data:([\w.+-]+\/[\w.+-]+);base64,)?([A-Za-z0-9+/=]+)$/;

function attachedIn(value: unknown): Attached | null {
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof one === "string") {
    const [, mime = "image/png", base64] = BASE64.exec(one) ?? [];
    return base64 === undefined ? null : { mime, name: `file.${mime.split("/")[1]}`, bytes: Buffer.from(base64, "base64") };
  }
  if (typeof one !== "object" || one === null) return null;
  const { mime, name, bytes } = one as Record<string, unknown>;
  return typeof mime === "string" && typeof name === "string" && bytes instanceof Uint8Array ? { mime, name, bytes } : null;
}
