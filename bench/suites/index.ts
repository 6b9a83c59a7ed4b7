import { accept } from "./accept.ts";
import { fanOut } from "./fan-out.ts";
import { history } from "./history.ts";
import { idle } from "./idle.ts";
import { pipeline } from "./pipeline.ts";
import { relay } from "./relay.ts";
import type { Suite } from "./suite.ts";
import { wait } from "./wait.ts";

/** In the order they run. */
export const suites: readonly Suite[] = [accept, history, wait, pipeline, relay, fanOut, idle];
