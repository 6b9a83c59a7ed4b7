import { accept } from "./accept.ts";
import { crash } from "./crash.ts";
import { fanOut } from "./fan-out.ts";
import { history } from "./history.ts";
import { idle } from "./idle.ts";
import { moving } from "./moving.ts";
import { pipeline } from "./pipeline.ts";
import { relay } from "./relay.ts";
import type { Suite } from "./suite.ts";
import { streams } from "./streams.ts";
import { tasks } from "./tasks.ts";
import { wait } from "./wait.ts";

/** In the order they run: the history before new generations, which have no media, come in front of it. */
export const suites: readonly Suite[] = [history, accept, wait, pipeline, relay, fanOut, idle, streams, tasks, moving, crash];
