/** AUTOMATIC1111: one call that answers when the picture is made, and a question how far it is. Shapes: its modules/api/api.py and progress.py. */
import { startStub, type Answer, type Call, type Stub } from "./stub.ts";
import { SECRET_KEY } from "./adapter-contract.ts";

export const LOGIN = `cooly:${SECRET_KEY}`;

/** As its own handler says what was thrown. */
export const thrown = (status: number, error: string, { detail = "", errors = "" }: { detail?: string; errors?: string }): Answer => ({
  status,
  body: { error, detail, body: "", errors },
});

export interface WebUiStub extends Stub {
  /** Members of the next answer. */
  next(members: object): void;
  /** Pictures are not answered until this is called. */
  hold(): () => void;
  /** What it says of a task's progress. */
  progress(of: (taskId: string) => Answer): void;
}

export async function startWebUi(result: Uint8Array): Promise<WebUiStub> {
  const ends: object[] = [];
  let held: Promise<void> = Promise.resolve();
  let progressOf = (_taskId: string): Answer => ({ body: { active: false, queued: false, completed: false, progress: null } });

  async function answer(call: Call): Promise<Answer> {
    if (call.headers.authorization !== `Basic ${Buffer.from(LOGIN).toString("base64")}`)
      return { status: 401, body: { detail: "Incorrect username or password" } };
    if (call.path === "/internal/progress") return progressOf(String(call.json()["id_task"]));
    if (call.path === "/sdapi/v1/samplers") return { body: [] };
    if (call.method !== "POST" || !/^\/sdapi\/v1\/(txt|img)2img$/u.test(call.path)) return { status: 404, body: { detail: "Not Found" } };
    await held;
    const info = JSON.stringify({ seed: 7, all_seeds: [7], sd_model_name: "sd_xl_base_1.0", sd_model_hash: "31e35c80fc" });
    return { body: { images: [Buffer.from(result).toString("base64")], parameters: {}, info, ...ends.shift() } };
  }

  const stub = await startStub({ kind: ({ path }) => (path.endsWith("2img") ? "submit" : "other"), answer });
  return {
    ...stub,
    next: (members) => void ends.push(members),
    hold() {
      let release = (): void => undefined;
      held = new Promise((resolve) => (release = resolve));
      return release;
    },
    progress: (of) => void (progressOf = of),
  };
}
