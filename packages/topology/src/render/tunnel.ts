/** Both ends of the tunnel: one image, which has no right of its host and opens no port to the world. */
import { comment, made, type RenderedFile } from "./file.ts";

const DOCKERFILE = `${comment(`Tailscale in user space: it needs neither root nor a device.\n${made("hybrid")}`)}
ARG TAILSCALE_IMAGE=tailscale/tailscale:v1.98.10
FROM \${TAILSCALE_IMAGE}
RUN apk add --no-cache socat
COPY --chown=root:root tunnel.sh /usr/local/bin/tunnel
RUN chmod 755 /usr/local/bin/tunnel
USER 10001:10001
ENTRYPOINT []
CMD ["tunnel", "out"]
`;

const SCRIPT = `#!/bin/sh
${comment(`in: beside the database. What comes from the tailnet to port 5432 goes on to DATABASE_HOST.
out: beside the workers. What comes to port 5432 goes through the tailnet to the machine that is called TUNNEL_NAME.
dial: one connection of those.
healthy: whether there is a tailnet.
${made("hybrid")}`)}
set -eu
socket=/tmp/tailscaled.sock
proxy=1055
tailnet() { tailscale --socket="$socket" "$@"; }

case "\${1:-}" in
  in | out) : "\${TUNNEL_NAME:?}" "\${TS_AUTHKEY:?}" ;;
  dial)
    # A machine that was killed keeps its name for a while; whoever takes its place gets a number after it.
    peer=$(tailnet status | awk -v name="$TUNNEL_NAME" '$2 ~ "^" name "(-[0-9]+)?$" && !/offline/ { peer = $1 } END { print peer }')
    exec socat - "PROXY:127.0.0.1:\${peer:?there is no $TUNNEL_NAME in the tailnet}:5432,proxyport=$proxy"
    ;;
  healthy) exec tailscale --socket="$socket" status --peers=false >/dev/null ;;
  *) echo "usage: tunnel in|out|dial|healthy" >&2; exit 2 ;;
esac

# A container that was killed may leave its own, which is taken for the next daemon's.
rm -f "$socket"
# What this machine is to the tailnet lives as long as the container: a key for machines that come and go (ephemeral) suits it.
tailscaled --tun=userspace-networking --socket="$socket" --state=mem: --outbound-http-proxy-listen="127.0.0.1:$proxy" &
daemon=$!
# It leaves the tailnet before it ends, so that its name is free.
trap 'kill "$daemon" 2>/dev/null && wait "$daemon" || true' EXIT
trap 'exit 0' TERM INT
until [ -S "$socket" ]; do sleep 0.2; kill -0 "$daemon"; done

if [ "$1" = in ]; then
  : "\${DATABASE_HOST:?}"
  tailnet up --authkey="$TS_AUTHKEY" --hostname="$TUNNEL_NAME"
  # In user space, what the tailnet sends to a port arrives at that port of the loopback.
  socat "TCP-LISTEN:5432,bind=127.0.0.1,fork,reuseaddr" "TCP:$DATABASE_HOST:5432" &
else
  tailnet up --authkey="$TS_AUTHKEY" --hostname="$TUNNEL_NAME-workers" --accept-dns=false
  socat "TCP-LISTEN:5432,fork,reuseaddr" "EXEC:tunnel dial" &
fi
relay=$!
# Either of them gone: end, so that the platform starts both again.
while kill -0 "$daemon" 2>/dev/null && kill -0 "$relay" 2>/dev/null; do sleep 2; done
exit 1
`;

export const tunnelFiles: readonly RenderedFile[] = [
  { path: "tunnel/Dockerfile", text: DOCKERFILE },
  { path: "tunnel/tunnel.sh", text: SCRIPT, executable: true },
];
