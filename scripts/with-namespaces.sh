#!/bin/sh
# Runs a command that makes network namespaces: for root as it is, for others in a user namespace where they are root.
# Usage: scripts/with-namespaces.sh COMMAND [WORD...]
set -eu
if [ "$(id -u)" = 0 ]; then exec "$@"; fi
exec unshare --map-root-user --net --mount -- "$@"
