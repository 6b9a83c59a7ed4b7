import type { Command } from "../command.ts";
import { compare } from "./compare.ts";
import { creditsGrant } from "./credits-grant.ts";
import { deployCheck } from "./deploy-check.ts";
import { deployRender } from "./deploy-render.ts";
import { deployRoll } from "./deploy-roll.ts";
import { doctor } from "./doctor.ts";
import { envCheck } from "./env-check.ts";
import { envDiff } from "./env-diff.ts";
import { envInit } from "./env-init.ts";
import { envMap } from "./env-map.ts";
import { keyAdd } from "./key-add.ts";
import { migrate } from "./migrate.ts";
import { modelAdd, modelCheck, modelDisable, modelEnable, modelLs, modelReset, modelShow } from "./model.ts";
import { plan } from "./plan.ts";
import { queueDiscard, queueLs, queueRetry } from "./queue.ts";
import { queueRedrive, queueSetup } from "./queue-broker.ts";
import { seed } from "./seed.ts";
import { serve } from "./serve.ts";
import { unknownLs, unknownWriteOff } from "./unknown.ts";
import { up } from "./up.ts";
import { userAdd } from "./user-add.ts";
import { verify } from "./verify.ts";
import { version } from "./version.ts";

export const commands: readonly Command[] = [
  up,
  serve,
  migrate,
  seed,
  doctor,
  plan,
  compare,
  envInit,
  envCheck,
  envMap,
  envDiff,
  deployRender,
  deployCheck,
  deployRoll,
  verify,
  userAdd,
  keyAdd,
  creditsGrant,
  modelLs,
  modelShow,
  modelCheck,
  modelAdd,
  modelEnable,
  modelDisable,
  modelReset,
  queueLs,
  queueRetry,
  queueDiscard,
  queueRedrive,
  queueSetup,
  unknownLs,
  unknownWriteOff,
  version,
];
