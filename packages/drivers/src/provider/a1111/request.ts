/** What AUTOMATIC1111 and Forge are asked. */
import type { Job } from "@cooly/engine/ports";

type Asked = Readonly<Record<string, unknown>>;

export interface Written {
  readonly path: "txt2img" | "img2img";
  readonly body: object;
  /** By which its progress is asked for. */
  readonly taskId: string;
}

export function write({ request, upstreamId, outputId, attempt }: Job): Written {
  const { allow_extra_networks: allowed, prompt, negative_prompt, init_images = [], mask, override_settings, ...asked } = request as Asked;
  const say = (text: unknown): unknown => (typeof text === "string" && allowed !== true ? plainPrompt(text) : text);
  const pictures = [init_images].flat().map(pictureOf);
  const taskId = `task(cooly-${outputId}-${attempt})`;
  const body = {
    send_images: true,
    save_images: false,
    // Whoever else works on that server finds it as it was.
    override_settings_restore_afterwards: true,
    ...asked,
    ...(prompt !== undefined && { prompt: say(prompt) }),
    ...(negative_prompt !== undefined && { negative_prompt: say(negative_prompt) }),
    ...(pictures.length > 0 && { init_images: pictures }),
    ...(mask !== undefined && { mask: pictureOf(mask) }),
    override_settings: { ...(override_settings as object | undefined), sd_model_checkpoint: upstreamId },
    // Each output is a call of its own.
    batch_size: 1,
    n_iter: 1,
    force_task_id: taskId,
  };
  return { path: pictures.length > 0 ? "img2img" : "txt2img", body, taskId };
}

/** A user's words must not load files of the server, as `<lora:name:1>` does, nor multiply its work, as each AND does. */
export const plainPrompt = (prompt: string): string =>
  prompt.replaceAll(/<(?=[\p{L}\p{N}_]+:)/gu, "< ").replaceAll(/(?<![\p{L}\p{N}_])AND(?![\p{L}\p{N}_])/gu, "and");

const BASE64 = /^(?:data:[\w.+-]+\/[\w.+-]+;base64,)?[A-Za-z0-9+/=]+$/;

/** An address would be fetched by the server, from inside of its network. */
function pictureOf(file: unknown): string {
  if (typeof file === "string" && BASE64.test(file)) return file;
  const { mime, bytes } = (typeof file === "object" && file !== null ? file : {}) as { mime?: unknown; bytes?: unknown };
  if (typeof mime === "string" && bytes instanceof Uint8Array) return `data:${mime};base64,${Buffer.from(bytes).toString("base64")}`;
  throw new TypeError("a picture of a request to the web UI must be a data URI, base64 or bytes");
}
