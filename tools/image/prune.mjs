// `node prune.mjs MANIFEST...`: leaves of node_modules what these packages reach at runtime. npm also keeps what a library could be used with and
// what lies there for another workspace: half of it all.
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";

// Other forms of what is loaded in one form, and a speech engine of 18 MB
// under another licence: where espeak-ng is on the PATH of an image, speech is on offer again.
const spare = [
  "espeak-ng",
  "h264-mp4-encoder/embuild/dist/h264-mp4-encoder.web.js",
  "h264-mp4-encoder/h264-mp4-encoder.ts",
  "mpg123-decoder/dist",
  "mediabunny/src",
  "mediabunny/dist/bundles",
  "@mediabunny/mp3-encoder/src",
  "@mediabunny/mp3-encoder/dist/modules",
  "@mediabunny/mp3-encoder/dist/bundles/mediabunny-mp3-encoder.js",
  "@mediabunny/mp3-encoder/dist/bundles/mediabunny-mp3-encoder.min.js",
  "@mediabunny/mp3-encoder/dist/bundles/mediabunny-mp3-encoder.min.mjs",
];
const root = process.cwd();
const kept = new Set();

function reach(manifest) {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = JSON.parse(readFileSync(manifest, "utf8"));
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  for (const name of new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers])) {
    const found = find(name, dirname(manifest));
    if (found === null || kept.has(found)) continue;
    kept.add(found);
    reach(join(found, "package.json"));
  }
}

/** As Node looks for it. */
function find(name, from) {
  for (let folder = from; folder.startsWith(root); folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    if (existsSync(join(place, "package.json"))) return place;
  }
  return null;
}

function sweep(folder) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const place = join(folder, name);
    if (name.startsWith("@")) sweep(place);
    else if (!name.startsWith(".") && !kept.has(place)) rmSync(place, { recursive: true });
    else sweep(join(place, "node_modules"));
  }
}

for (const manifest of process.argv.slice(2)) reach(join(root, manifest));
for (const place of ["node_modules", ...process.argv.slice(2).map((manifest) => join(dirname(manifest), "node_modules"))]) sweep(join(root, place));
for (const place of spare) rmSync(join(root, "node_modules", place), { recursive: true, force: true });
process.stderr.write(`kept ${kept.size} packages, such as ${[...kept].slice(0, 3).map((place) => relative(root, place))}\n`);
