/** BytePlus ModelArk: pictures at once, films as tasks with a list. Shapes: the vendor's API reference and SDK. */
import { startStub, type Answer, type Call, type Stub } from "./stub.ts";
import { SECRET_KEY } from "./adapter-contract.ts";

export const arkError = (status: number, code: string, message: string = code): Answer => ({
  status,
  body: { error: { code, message, param: "", type: "BadRequest" } },
});

export interface ArkStub extends Stub {
  /** The next picture or task ends so. */
  next(end: object): void;
  readonly tasks: Map<string, Record<string, unknown>>;
}

const LOOKS_UNTIL_DONE = 3;

export async function startArk(result: Uint8Array): Promise<ArkStub> {
  const tasks = new Map<string, Record<string, unknown>>();
  const looks = new Map<string, number>();
  const ends: object[] = [];
  let count = 0;

  function answer(call: Call): Answer {
    if (call.path.startsWith("/files/")) return { body: result };
    if (call.headers.authorization !== `Bearer ${SECRET_KEY}`) return arkError(401, "AuthenticationError");
    if (call.path === "/api/v3/images/generations") return picture(call.json());
    const id = call.path.split("/").at(-1)!;
    if (call.method === "POST") return create(call.json());
    if (call.method === "DELETE") return remove(id);
    return id === "tasks" ? list(call.query) : show(id);
  }

  function picture({ model }: Record<string, unknown>): Answer {
    const one = ends.shift() ?? { url: `${stub.url}/files/${(count += 1)}`, size: "2048x2048" };
    return { body: { model, created: 1, data: [one], usage: { generated_images: "url" in one ? 1 : 0, output_tokens: 16_384, total_tokens: 16_384 } } };
  }

  function create(body: Record<string, unknown>): Answer {
    const id = `cgt-${(count += 1)}`;
    const { content: _content, ...said } = body;
    tasks.set(id, { id, status: "queued", error: null, created_at: Math.floor(Date.now() / 1000), ...said, ending: ends.shift() });
    return { body: { id } };
  }

  function see(task: Record<string, unknown>): object {
    const id = String(task["id"]);
    const nth = (looks.get(id) ?? 0) + 1;
    looks.set(id, nth);
    const done = { status: "succeeded", content: { video_url: `${stub.url}/files/${id}` }, usage: { completion_tokens: 108_900, total_tokens: 108_900 } };
    if (task["status"] === "queued" && nth >= LOOKS_UNTIL_DONE) Object.assign(task, (task["ending"] as object | undefined) ?? done);
    const { ending: _ending, ...seen } = task;
    return seen;
  }

  const show = (id: string): Answer => (tasks.has(id) ? { body: see(tasks.get(id)!) } : arkError(404, "ResourceNotFound"));

  function list(query: URLSearchParams): Answer {
    const size = Number(query.get("page_size"));
    const from = (Number(query.get("page_num")) - 1) * size;
    const all = [...tasks.values()].filter(({ model }) => (query.get("filter.model") ?? model) === model).toReversed();
    return { body: { total: all.length, items: all.slice(from, from + size).map(see) } };
  }

  function remove(id: string): Answer {
    const task = tasks.get(id);
    if (task?.["status"] === "running") return arkError(400, "InvalidAction.RunningTaskDeletion");
    if (task?.["status"] === "queued") task["status"] = "cancelled";
    else tasks.delete(id);
    return { body: {} };
  }

  const stub = await startStub({
    kind({ method, path }) {
      if (path.startsWith("/files/")) return "fetch";
      if (method === "POST") return "submit";
      return method === "GET" && path.includes("/cgt-") ? "look" : "other";
    },
    answer,
    throttled: () => ({ ...arkError(429, "RateLimitExceeded.EndpointRPMExceeded"), headers: { "retry-after": "0" } }),
  });
  return { ...stub, tasks, next: (end) => void ends.push(end) };
}
