import type { Queue } from "@cooly/engine/ports";
import { openFaultProxy, type FaultProxy } from "../../../../test/rig/fault-proxy.ts";
import { freePort } from "../../../../test/servers/free-port.ts";
import type { QueueGround } from "./ground.ts";
import { openQueue } from "./open-queue.ts";

export interface Line {
  readonly port: number;
  readonly proxy: FaultProxy;
  /** A ground at the far end of it. */
  ground(broker: Pick<QueueGround, "address" | "raw" | "restart" | "close">): QueueGround;
}

/** The way to a broker on this machine, which can be cut and mended. */
export async function createLine(port: number): Promise<Line> {
  const nowhere = await freePort();
  let to = port;
  const proxy = await openFaultProxy({ to: () => to });
  return {
    port: proxy.port,
    proxy,
    ground(broker) {
      const opened: Queue[] = [];
      return {
        ...broker,
        async open() {
          const queue = await openQueue(broker.address);
          opened.push(queue);
          return queue;
        },
        async cut(how) {
          if (how === "silent") return proxy.set("both", { blackhole: true });
          to = nowhere;
          proxy.reset();
        },
        async mend() {
          to = port;
          proxy.calm();
        },
        async close() {
          await Promise.all(opened.map((queue) => queue.close()));
          await broker.close();
          await proxy.close();
        },
      };
    },
  };
}
