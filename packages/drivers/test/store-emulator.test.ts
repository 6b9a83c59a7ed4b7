import { startS3Emulator } from "../../../test/servers/s3-emulator.ts";
import { openBucket } from "./conformance/bucket.ts";
import { storeSuite } from "./conformance/store.ts";

storeSuite(async () => openBucket(await startS3Emulator()), { checksSignatures: false });
