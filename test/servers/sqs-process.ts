/** `sqs-process.ts <port> <folder>`: an emulator of SQS and S3 that keeps what it has in that folder. */
import { startFauxqs } from "fauxqs";

const [port, dataDir] = process.argv.slice(2);
await startFauxqs({ port: Number(port), dataDir: dataDir!, logger: false });
process.send!("ready");
