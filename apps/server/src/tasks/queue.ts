import type { Task } from "./task.ts";

/** Puts what the broker set aside back into the queue. An output that has moved on ignores its message. */
export const queueRedrive: Task = async ({ queue }) => ({ ok: true, redriven: await queue.redrive() });
