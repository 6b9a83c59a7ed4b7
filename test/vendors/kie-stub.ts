/** kie.ai's Veo: tasks, and callbacks that sign no body. Shapes: the vendor's API reference. */
import { createHmac } from "node:crypto";
import { startStub, type Answer, type Call, type Stub } from "./stub.ts";
import { SECRET_KEY } from "./adapter-contract.ts";

export interface KieStub extends Stub {
  /** The next task ends so. */
  next(end: object): void;
}

/** Its own status, within an answer of 200. */
export const kieError = (code: number, msg: string): Answer => ({ body: { code, msg, data: null } });

export const kieSigned = (secret: string, taskId: string, at: Date): Record<string, string> => {
  const time = String(Math.floor(at.getTime() / 1000));
  return { "x-webhook-timestamp": time, "x-webhook-signature": createHmac("sha256", secret).update(`${taskId}.${time}`).digest("base64") };
};

const LOOKS_UNTIL_DONE = 3;

export async function startKie(result: Uint8Array): Promise<KieStub> {
  const tasks = new Map<string, { looks: number; ending: object }>();
  const ends: object[] = [];
  const good = (data: unknown): Answer => ({ body: { code: 200, msg: "success", data } });

  function answer(call: Call): Answer {
    const { method, path, query, headers } = call;
    if (path.startsWith("/files/")) return { body: result };
    if (headers.authorization !== `Bearer ${SECRET_KEY}`) return kieError(401, "You do not have access permissions");
    if (path === "/api/v1/chat/credit") return good(100);
    if (method === "POST" && path === "/api/v1/veo/generate") return create();
    const id = query.get("taskId") ?? "";
    const task = tasks.get(id);
    return path === "/api/v1/veo/record-info" && task ? good(see(id, task)) : kieError(422, "record is null");
  }

  function create(): Answer {
    const taskId = `veo_task_${tasks.size}`;
    const response = { taskId, resultUrls: [`${stub.url}/files/${taskId}`], originUrls: [], resolution: "720p" };
    tasks.set(taskId, { looks: 0, ending: ends.shift() ?? { successFlag: 1, response, completeTime: 1 } });
    return good({ taskId });
  }

  function see(taskId: string, task: { looks: number; ending: object }): object {
    task.looks += 1;
    const shown = { taskId, paramJson: "{}", createTime: 1, completeTime: null, successFlag: 0, response: null, errorCode: null, errorMessage: "" };
    return task.looks < LOOKS_UNTIL_DONE ? shown : { ...shown, fallbackFlag: false, ...task.ending };
  }

  const stub = await startStub({
    kind({ method, path }) {
      if (path.startsWith("/files/")) return "fetch";
      if (method === "POST") return "submit";
      return path.endsWith("/record-info") ? "look" : "other";
    },
    answer,
    throttled: () => kieError(429, "Your call frequency is too high. Please try again later."),
  });
  return { ...stub, next: (end) => void ends.push(end) };
}
