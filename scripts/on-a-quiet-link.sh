#!/bin/sh
# Runs a command on a network of its own: loopback, and one Ethernet link (192.168.77.1) with nobody else on it.
# Nothing it sends can reach the machine's real network. Needs Linux, iproute2, and root or user namespaces.
# Usage: scripts/on-a-quiet-link.sh COMMAND [WORD...]
set -eu

if [ "$(id -u)" = 0 ]; then user=""; else user="--map-root-user"; fi
# shellcheck disable=SC2016,SC2086  # the program is for the inner shell; no user is no word
exec unshare $user --net sh -euc '
  ip link set lo up
  ip link add quiet0 type veth peer name quiet1
  echo 0 >/proc/sys/net/ipv6/conf/quiet0/accept_dad
  ip addr add 192.168.77.1/24 dev quiet0
  ip link set quiet1 addrgenmode none
  ip link set quiet0 up
  ip link set quiet1 up
  exec "$@"
' sh "$@"
