#!/usr/bin/env node
// `npx cooly` and `npm run cooly --`: the operator's tool, under Node 24 wherever it was started from.
import { join } from "node:path";
import { findNode, install, root } from "./bootstrap.mjs";
import { replaceOrSpawn } from "./process.mjs";

const node = findNode();
install(node);
await replaceOrSpawn(node, [join(root, "apps/cli/src/main.ts"), ...process.argv.slice(2)]);
