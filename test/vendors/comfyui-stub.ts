/** ComfyUI: a queue, a history in memory, and files. Shapes: its server.py and execution.py. */
import { startStub, type Answer, type Call, type Stub } from "./stub.ts";
import { SECRET_KEY } from "./adapter-contract.ts";

export interface ComfyStub extends Stub {
  /** The next prompt ends so. */
  next(entry: object): void;
  /** It starts anew, and has forgotten everything. */
  restart(): void;
  /** It is of the time before jobs could be canceled one by one. */
  old(): void;
  /** As they were queued. */
  readonly prompts: { readonly id: string; readonly prompt: Record<string, { inputs: Record<string, unknown> }> }[];
  readonly uploads: Call[];
}

const SEES_UNTIL_DONE = 3;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const known = new Set([
  "CheckpointLoaderSimple",
  "CLIPTextEncode",
  "EmptyLatentImage",
  "KSampler",
  "VAEDecode",
  "SaveImage",
  "LoadImage",
  "ImageScale",
  "VAEEncode",
]);

export const saved = { outputs: { n9: { images: [{ filename: "cooly_00001_.png", subfolder: "", type: "output" }] } } };
export const failedAs = (name: string, more: object = {}) => ({
  outputs: {},
  status: {
    status_str: "error",
    completed: false,
    messages: [
      ["execution_start", { prompt_id: "x" }],
      [name, { node_id: "n5", node_type: "KSampler", ...more }],
    ],
  },
});

export function comfyError(type: string, nodes: readonly string[] = []): Answer {
  const complaint = (one: string) => ({ type: one, message: `About ${one}`, details: "steps", extra_info: {} });
  const node_errors = nodes.length === 0 ? {} : { n5: { class_type: "KSampler", dependent_outputs: ["n9"], errors: nodes.map(complaint) } };
  return { status: 400, body: { error: complaint(type), node_errors } };
}

interface Prompt {
  readonly id: string;
  readonly prompt: Record<string, { inputs: Record<string, unknown> }>;
  seen: number;
  entry: object;
}

/** What lives in the server's memory. A prompt runs once it was asked about twice, and is done by the third time. */
function openMemory(): {
  readonly prompts: Prompt[];
  readonly ends: object[];
  queue(body: Record<string, unknown>): Answer;
  list(): Answer;
  history(id: string): Answer;
  remove(id: string, interrupts: boolean): Answer;
} {
  const ends: object[] = [];
  const prompts: Prompt[] = [];
  const present = (): Prompt[] => prompts.filter(({ seen }) => seen >= 0);
  const ended = ({ seen }: Prompt): boolean => seen >= SEES_UNTIL_DONE;
  const rowOf = (one: Prompt) => [prompts.indexOf(one), one.id, one.prompt, {}, ["n9"]];
  const rows = (where: (one: Prompt) => boolean) =>
    present()
      .filter((one) => !ended(one) && where(one))
      .map(rowOf);
  return {
    prompts,
    ends,
    queue({ prompt, prompt_id: id }) {
      if (typeof id !== "string" || !UUID.test(id)) return comfyError("invalid_prompt_id");
      const graph = prompt as Record<string, { class_type: string; inputs: Record<string, unknown> }>;
      if (Object.values(graph).some(({ class_type }) => !known.has(class_type))) return comfyError("missing_node_type");
      const success = { ...saved, status: { status_str: "success", completed: true, messages: [["execution_success", { prompt_id: id }]] } };
      prompts.push({ id, prompt: graph, seen: 0, entry: ends.shift() ?? success });
      return { body: { prompt_id: id, number: prompts.length, node_errors: {} } };
    },
    list: () => ({ body: { queue_running: rows(({ seen }) => seen > 1), queue_pending: rows(({ seen }) => seen <= 1).toReversed() } }),
    history(id) {
      const found = present().filter((one) => one.id === id);
      for (const one of found) one.seen += 1;
      const done = found.findLast(ended);
      return { body: done ? { [id]: { prompt: rowOf(done), ...done.entry } } : {} };
    },
    remove(id, interrupts) {
      const one = present().find((other) => other.id === id && !ended(other));
      const running = one !== undefined && one.seen > 1;
      if (one && !running) one.seen = -1_000_000;
      if (one && running && interrupts) Object.assign(one, { seen: SEES_UNTIL_DONE, entry: failedAs("execution_interrupted") });
      return interrupts ? { body: { cancelled: one !== undefined } } : {};
    },
  };
}

export async function startComfy(result: Uint8Array): Promise<ComfyStub> {
  const memory = openMemory();
  const uploads: Call[] = [];
  let isOld = false;

  function answer(call: Call): Answer {
    if (call.headers.authorization !== `Bearer ${SECRET_KEY}`) return { status: 401, body: "Unauthorized" };
    const [, , path, id] = call.path.split("/");
    switch (`${call.method} ${path}`) {
      case "POST prompt":
        return memory.queue(call.json());
      case "GET history":
        return memory.history(id!);
      case "GET queue":
        return memory.list();
      case "POST queue":
        return memory.remove((call.json()["delete"] as string[])[0]!, false);
      case "POST jobs":
        return isOld ? { status: 405, body: "405: Method Not Allowed" } : memory.remove(id!, true);
      case "POST upload":
        uploads.push(call);
        return { body: { name: /filename="([^"]+)"/.exec(call.body.toString("latin1"))![1], subfolder: "cooly", type: "input" } };
      case "GET view":
        return call.query.get("filename") === "cooly_00001_.png" ? { body: result } : { status: 404 };
      case "GET system_stats":
        return { body: { system: { os: "linux", comfyui_version: "0.9.2" }, devices: [] } };
    }
    return { status: 404, body: "404: Not Found" };
  }

  const stub = await startStub({
    kind({ method, path }) {
      if (path === "/api/view") return "fetch";
      if (path === "/api/prompt") return "submit";
      return method === "GET" && path.startsWith("/api/history/") ? "look" : "other";
    },
    answer,
  });
  return {
    ...stub,
    prompts: memory.prompts,
    uploads,
    next: (entry) => void memory.ends.push(entry),
    old: () => void (isOld = true),
    restart: () => void memory.prompts.splice(0),
  };
}
