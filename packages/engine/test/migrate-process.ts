/** A process that migrates: `node migrate-process.ts <connection string> <folder>`. */
import { migrate } from "../src/db/migrate.ts";

const [connectionString = "", folder = ""] = process.argv.slice(2);
console.log(JSON.stringify(await migrate({ connectionString, folder: new URL(folder) })));
