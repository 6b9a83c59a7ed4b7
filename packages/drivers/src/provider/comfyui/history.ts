/** What ComfyUI remembers of a prompt that has ended. */
import type { Sight } from "@cooly/engine/ports";
import { z } from "zod";
import type { Troubles } from "../trouble.ts";

const File = z.object({ filename: z.string(), subfolder: z.string().default(""), type: z.string() });
export type File = z.infer<typeof File>;

const Message = z.tuple([z.string(), z.record(z.string(), z.unknown())]);

export const Entry = z.object({
  /** By node, by kind: images, gifs, video, audio. */
  outputs: z.record(z.string(), z.record(z.string(), z.unknown())),
  status: z.object({ status_str: z.enum(["success", "error"]), messages: z.array(Message) }).nullish(),
});
export type Entry = z.infer<typeof Entry>;

/** Null: it ended well. `stopped`: whether we asked for it. */
export function troubleOf(
  { status }: Entry,
  { troubles, stopped }: { troubles: Troubles; stopped: boolean },
): Exclude<Sight, { kind: "running" | "delivered" }> | null {
  if (status?.status_str !== "error") return null;
  const said = new Map(status.messages);
  if (said.has("execution_interrupted")) {
    return stopped ? { kind: "canceled" } : troubles.failure({ code: "execution_interrupted", message: "Somebody stopped it at the server." });
  }
  const { exception_type: type, exception_message: message, node_type: node } = said.get("execution_error") ?? {};
  return troubles.failure({
    code: typeof type === "string" ? type : "execution_error",
    message: typeof message === "string" ? `${typeof node === "string" ? `${node}: ` : ""}${message}` : null,
  });
}

/** What is saved comes before what is only shown. */
export function resultOf({ outputs }: Entry, output: string | null): File | null {
  const nodes = output === null ? Object.values(outputs) : [outputs[output] ?? {}];
  const files = nodes.flatMap((kinds) =>
    Object.values(kinds).flatMap((list) => (Array.isArray(list) ? list.flatMap((one) => File.safeParse(one).data ?? []) : [])),
  );
  return files.find(({ type }) => type === "output") ?? files.find(({ type }) => type === "temp") ?? null;
}
