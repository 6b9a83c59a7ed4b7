/** What may come in from outside, where Docker cannot bypass it. */
import type { ServiceEntry, Topology } from "../schema/topology.ts";
import { comment, made, type RenderedFile } from "./file.ts";

export interface Firewall {
  readonly host: string;
  /** Port -> ranges of IPv4; a port that is not named is open to everybody. */
  readonly allowed: Readonly<Record<number, readonly string[]>>;
}

export function firewallFiles(topology: Topology, { host, allowed }: Firewall): readonly RenderedFile[] {
  const published = portsOf(topology.services.filter((service) => service.host === host));
  const rules = published.flatMap((port) => (allowed[port] ?? [""]).map((range) => `allow ${port}${range === "" ? "" : ` ${range}`}`));
  return [{ path: "firewall.sh", executable: true, text: script(topology.kind, rules) + held(published.filter((port) => allowed[port] !== undefined)) }, unit];
}

const portsOf = (services: readonly ServiceEntry[]): readonly number[] =>
  services.flatMap(({ published }) => published.filter(({ reach }) => reach === "world").map(({ port }) => port));

const script = (kind: string, rules: readonly string[]): string => `#!/bin/sh
${comment(`Docker answers for published ports before ufw and the chain INPUT are asked. What is decided in DOCKER-USER, it cannot pass by.
As root, at each start of the machine (cooly-firewall.service does it). Again: the same rules.
EXTRA_PORTS: others that this machine's containers may be reached on, such as 3000 for Dokploy's own pages: EXTRA_PORTS="3000".
The provider's firewall, in front of the machine, should say the same and let SSH in.
${made(kind)}`)}
set -eu

outside=$(ip route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
[ -n "$outside" ] || { echo "there is no default route" >&2; exit 1; }

for tables in iptables ip6tables; do
  "$tables" -w -n -L DOCKER-USER >/dev/null 2>&1 || { [ "$tables" = ip6tables ] && continue; echo "Docker is not running: there is no chain DOCKER-USER" >&2; exit 1; }
  "$tables" -w -N COOLY 2>/dev/null || "$tables" -w -F COOLY

  # Port as the world sees it, not as the container does.
  allow() {
    case "\${2:-}" in *:*) [ "$tables" = ip6tables ] || return 0 ;; *.*) [ "$tables" = iptables ] || return 0 ;; esac
    for protocol in tcp udp; do
      "$tables" -w -A COOLY -p "$protocol" \${2:+-s "$2"} -m conntrack --ctorigdstport "$1" --ctdir ORIGINAL -j RETURN
    done
  }

  "$tables" -w -A COOLY -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN
${rules.map((rule) => `  ${rule}`).join("\n")}
  for port in \${EXTRA_PORTS:-}; do allow "$port"; done
  "$tables" -w -A COOLY -j DROP

  "$tables" -w -C DOCKER-USER -i "$outside" -j COOLY 2>/dev/null || "$tables" -w -I DOCKER-USER -i "$outside" -j COOLY
done
echo "from outside, containers are reached on: ${rules.map((rule) => rule.replace("allow ", "")).join(", ") || "nothing"} \${EXTRA_PORTS:-}"
`;

const held = (ports: readonly number[]): string =>
  ports.length === 0
    ? ""
    : `
# Where a network has IPv4 alone, Docker answers by IPv6 as a program of this machine: INPUT sees that, and DOCKER-USER does not.
# No range of IPv6 is named, so nobody comes that way.
if ip6tables -w -n -L INPUT >/dev/null 2>&1; then
  ip6tables -w -N COOLY-HOST 2>/dev/null || ip6tables -w -F COOLY-HOST
  for port in ${ports.join(" ")}; do ip6tables -w -A COOLY-HOST -p tcp --dport "$port" -j DROP; done
  ip6tables -w -C INPUT ! -i lo -j COOLY-HOST 2>/dev/null || ip6tables -w -I INPUT ! -i lo -j COOLY-HOST
fi
`;

const unit: RenderedFile = {
  path: "cooly-firewall.service",
  text: `# To /etc/systemd/system; firewall.sh to /usr/local/sbin/cooly-firewall. Then: systemctl enable --now cooly-firewall
[Unit]
Description=What may reach containers from outside
After=docker.service
Requires=docker.service
PartOf=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/cooly-firewall

[Install]
WantedBy=docker.service
`,
};
