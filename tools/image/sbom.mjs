// `node sbom.mjs NAME > sbom.spdx.json`: what is in an image, as SPDX 2.3: packages of npm that are installed here, and those of Debian below them.
import { existsSync, readFileSync } from "node:fs";

const [name] = process.argv.slice(2);
const installed = JSON.parse(readFileSync("node_modules/.package-lock.json", "utf8")).packages;
const npm = Object.entries(installed)
  .filter(([path, { dev, link }]) => !dev && !link && existsSync(`${path}/package.json`))
  .map(([path, { version, license, integrity }]) => {
    const title = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    return { title, version, license, integrity, purl: `pkg:npm/${title.replace("@", "%40")}@${version}` };
  });
const debian = readFileSync("/var/lib/dpkg/status", "utf8")
  .split("\n\n")
  .map((paragraph) => ({ title: /^Package: (.*)$/m.exec(paragraph)?.[1], version: /^Version: (.*)$/m.exec(paragraph)?.[1] }))
  .filter(({ title, version }) => title && version)
  .map((one) => ({ ...one, purl: `pkg:deb/debian/${one.title}@${encodeURIComponent(one.version)}` }));

const packages = [{ title: "node", version: process.versions.node, purl: `pkg:generic/node@${process.versions.node}` }, ...npm, ...debian];
const entries = packages.map(({ title, version, license, integrity, purl }, index) => ({
  name: title,
  SPDXID: `SPDXRef-${index}`,
  versionInfo: version,
  downloadLocation: "NOASSERTION",
  licenseDeclared: typeof license === "string" && /^[\w.+-]+( (AND|OR|WITH) [\w.+-]+)*$/.test(license) ? license : "NOASSERTION",
  ...(integrity?.startsWith("sha512-") && {
    checksums: [{ algorithm: "SHA512", checksumValue: Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex") }],
  }),
  externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
}));
const document = {
  spdxVersion: "SPDX-2.3",
  dataLicense: "CC0-1.0",
  SPDXID: "SPDXRef-DOCUMENT",
  name,
  documentNamespace: `urn:cooly:sbom:${name}:${process.versions.node}:${entries.length}`,
  // As the lockfile that it follows from: the same files make the same document.
  creationInfo: { created: "1970-01-01T00:00:00Z", creators: ["Tool: cooly"] },
  packages: entries,
  relationships: entries.map(({ SPDXID }) => ({ spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: SPDXID })),
};
process.stdout.write(`${JSON.stringify(document, null, 1)}\n`);
