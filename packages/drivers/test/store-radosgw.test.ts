import { useRadosgw } from "../../../test/servers/radosgw.ts";
import { openBucket } from "./conformance/bucket.ts";
import { storeSuite } from "./conformance/store.ts";

storeSuite(async () => openBucket(await useRadosgw()), { checksSignatures: true });
