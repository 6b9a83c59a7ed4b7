import type { Event, GenerationView, OutputView } from "@cooly/contract";

type Running = Extract<Event, { index: number }>;

/**
 * What a generation is after an event about one of its outputs. Events may come twice, and late ones may come after the
 * list was read anew: an output that has its verdict keeps it.
 */
export function reduceOutput(generation: GenerationView, event: Running | Extract<Event, { type: "generation.output" }>): GenerationView {
  const outputs = generation.outputs.map((output) => (output.id === idOf(event) ? changed(output, event) : output));
  if (outputs.every((output, index) => output === generation.outputs[index])) return generation;
  return { ...generation, outputs, status: statusOf(generation, outputs) };
}

const idOf = (event: Parameters<typeof reduceOutput>[1]): string => (event.type === "generation.output" ? event.output.id : event.output_id);

const settled: readonly OutputView["status"][] = ["delivered", "refused", "failed", "canceled"];

function changed(output: OutputView, event: Parameters<typeof reduceOutput>[1]): OutputView {
  if (event.type === "generation.output") return event.output;
  if (settled.includes(output.status)) return output;
  switch (event.type) {
    case "generation.running":
      return output.status === "queued" ? { ...output, status: "running" } : output;
    case "generation.progress":
      return { ...output, status: output.status === "queued" ? "running" : output.status, progress: Math.max(event.progress, output.progress ?? 0) };
    case "generation.unknown":
      return { ...output, status: "unknown", progress: null };
  }
}

/** The end of a generation is told by an event of its own, with the figures; here it only ever gets going. */
function statusOf({ status }: GenerationView, outputs: readonly OutputView[]): GenerationView["status"] {
  if (status !== "queued" && status !== "running" && status !== "unknown") return status;
  const open = outputs.filter((output) => !settled.includes(output.status));
  if (open.length > 0 && open.every((output) => output.status === "unknown")) return "unknown";
  return outputs.some((output) => output.status !== "queued") ? "running" : "queued";
}

/** Whether something was missed: the account's ids rise by one. */
export function isGap(last: number | null, id: string): boolean {
  const next = Number(id);
  return last !== null && Number.isInteger(next) && next > last + 1;
}
