#!/usr/bin/env node
// `npx cooly` and `npm run cooly --`: the operator's tool, under Node 24 wherever it was started from.
import { join } from "node:path";
import { environment, prepare, root } from "./bootstrap.mjs";
import { become } from "./process.mjs";

const node = await prepare();
const words = ["--disable-warning=ExperimentalWarning", join(root, "apps/cli/src/main.ts"), ...process.argv.slice(2)];
await become(node, words, { env: environment(node) });
