/** The page beside the files: which file is for what, and what is done once, by hand. */
import type { Topology } from "../schema/topology.ts";
import { made, type RenderedFile } from "./file.ts";
import { addressesTable, linksTable, servicesTable } from "./tables.ts";

export interface Note {
  readonly title: string;
  readonly text: string;
}

export const notesFile = (topology: Topology, notes: readonly Note[]): RenderedFile => ({
  path: "README.md",
  text: `# ${topology.kind}

${made(topology.kind)}

${notes.map(({ title, text }) => `## ${title}\n\n${text.trim()}\n`).join("\n")}
## What runs where

${servicesTable(topology)}
${topology.addresses.length === 0 ? "" : `\n${addressesTable(topology)}\n`}
## Who reaches whom

${linksTable(topology)}
`,
});

const precious = ({ volumes }: Topology): string =>
  volumes
    .filter((volume) => volume.precious)
    .map(({ id, says }) => `\`${id}\` (${says.replace(/\.$/, "")})`)
    .join(", ");

/** One machine of one's own. */
export const machineNotes = (topology: Topology): readonly Note[] => [
  {
    title: "Once, on the machine",
    text: `
* Swap, so that a moment of want kills nothing: \`fallocate -l 4G /swapfile && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile && echo '/swapfile none swap sw 0 0' >> /etc/fstab\`, and \`vm.swappiness=10\`.
* Redis forks to write its file: \`vm.overcommit_memory=1\` in /etc/sysctl.d/cooly.conf, then \`sysctl --system\`.
* \`firewall.sh\`, as its head says. ufw alone does not hold what Docker publishes, but by IPv6, where Docker answers as a program of the machine: keep both.
* Security updates by themselves: \`apt-get install unattended-upgrades\`. Hold what restarts containers for an hour of your choice: \`apt-mark hold docker-ce docker-ce-cli containerd.io\`.
* Old images, by cron: \`docker image prune --all --force --filter until=168h\`.`,
  },
  {
    title: "Backups",
    text: precious(topology) === "" ? "Nothing on this machine is more than passing." : `Precious: ${precious(topology)}. A copy on the same machine is none.`,
  },
];
