#!/bin/sh
# Docker answers for published ports before ufw and the chain INPUT are asked. What is decided in DOCKER-USER, it cannot pass by.
# As root, at each start of the machine (cooly-firewall.service does it). Again: the same rules.
# EXTRA_PORTS: others that this machine's containers may be reached on, such as 3000 for Dokploy's own pages: EXTRA_PORTS="3000".
# The provider's firewall, in front of the machine, should say the same and let SSH in.
# Made by `cooly deploy render hybrid`; render it again rather than editing it.
set -eu

outside=$(ip route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
[ -n "$outside" ] || { echo "there is no default route" >&2; exit 1; }

for tables in iptables ip6tables; do
  "$tables" -w -n -L DOCKER-USER >/dev/null 2>&1 || { [ "$tables" = ip6tables ] && continue; echo "Docker is not running: there is no chain DOCKER-USER" >&2; exit 1; }
  "$tables" -w -N COOLY 2>/dev/null || "$tables" -w -F COOLY

  # Port as the world sees it, not as the container does.
  allow() {
    case "${2:-}" in *:*) [ "$tables" = ip6tables ] || return 0 ;; *.*) [ "$tables" = iptables ] || return 0 ;; esac
    for protocol in tcp udp; do
      "$tables" -w -A COOLY -p "$protocol" ${2:+-s "$2"} -m conntrack --ctorigdstport "$1" --ctdir ORIGINAL -j RETURN
    done
  }

  "$tables" -w -A COOLY -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN

  for port in ${EXTRA_PORTS:-}; do allow "$port"; done
  "$tables" -w -A COOLY -j DROP

  "$tables" -w -C DOCKER-USER -i "$outside" -j COOLY 2>/dev/null || "$tables" -w -I DOCKER-USER -i "$outside" -j COOLY
done
echo "from outside, containers are reached on: nothing ${EXTRA_PORTS:-}"
