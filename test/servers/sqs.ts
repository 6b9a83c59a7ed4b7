/** An emulator of SQS in a process of its own: it forgets nothing when it is killed, and checks no signature. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SQSClient } from "@aws-sdk/client-sqs";
import { end, keep } from "./child.ts";
import { freePort } from "./free-port.ts";

export interface SqsServer {
  readonly endpoint: string;
  readonly port: number;
  client(): SQSClient;
  stop(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export const REGION = "us-east-1";
export const credentials = { accessKeyId: "test", secretAccessKey: "test" };

const program = fileURLToPath(new URL("sqs-process.ts", import.meta.url));

export async function startSqs(): Promise<SqsServer> {
  const [port, folder] = await Promise.all([freePort(), mkdtemp(join(tmpdir(), "cooly-sqs-"))]);
  const endpoint = `http://127.0.0.1:${port}`;
  const begin = async (): Promise<ChildProcess> => {
    const child = keep(fork(program, [String(port), folder], { execArgv: ["--disable-warning=ExperimentalWarning"], stdio: "ignore" }));
    const early = once(child, "exit").then(() => {
      throw new Error("the emulator of SQS ended at once");
    });
    await Promise.race([once(child, "message"), early]);
    return child;
  };
  let child = await begin();
  return {
    endpoint,
    port,
    client: () => new SQSClient({ endpoint, region: REGION, credentials }),
    stop: (signal = "SIGKILL") => end(child, signal),
    async start() {
      child = await begin();
    },
    async close() {
      await end(child, "SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
