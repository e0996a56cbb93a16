#!/bin/sh
# Installs on Debian what the interop tests run earshot against (`npm run test:interop`).
#
# Some of these packages are daemons, which Debian starts as soon as they are installed, and at every boot. This script
# lets none of them onto the network of this machine: it forbids the start during the installation, takes what it
# installed out of the boot, and fails if one of them runs at the end. systemd-resolved, whose installation rewrites
# /etc/resolv.conf, is only unpacked, into a folder of its own. It can be run again at any time.
set -eu

# Programs that announce or answer on the network, and the packages (and services) of the same name or beside it.
daemons="minidlnad miniupnpd minissdpd avahi-daemon mdnsd"
services="minidlna miniupnpd minissdpd avahi-daemon mdnsd"

packages="
  gssdp-tools libgssdp-1.6-dev libgupnp-1.6-dev libupnp-dev
  minidlna miniupnpd miniupnpd-nftables minissdpd miniupnpc
  avahi-daemon avahi-utils dbus-daemon python3-zeroconf mdnsd libsystemd-shared
  tshark nftables iproute2 util-linux procps gcc libc6-dev pkg-config"

# Packages that must not be installed: where their files are put instead. The tests look for them there.
unpacked="systemd-resolved"
shelf=/usr/local/lib/earshot-peers

policy=/usr/sbin/policy-rc.d
policy_is_ours=

say() { printf 'install-peers: %s\n' "$*"; }
fail() {
  printf 'install-peers: %s\n' "$*" >&2
  exit 1
}

clean_up() {
  if [ -n "$policy_is_ours" ]; then rm -f "$policy"; fi
}

# Tells of each daemon that runs on this machine's own network. Those in a test's namespace are none of our business.
running_daemons() {
  here=$(readlink /proc/self/ns/net)
  for folder in /proc/[0-9]*; do
    name=$(cat "$folder/comm" 2>/dev/null) || continue
    case " $daemons " in *" $name "*) ;; *) continue ;; esac
    if [ "$(readlink "$folder/ns/net" 2>/dev/null)" = "$here" ]; then printf '%s (process %s) ' "$name" "${folder#/proc/}"; fi
  done
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

forbid_starts() {
  if [ -e "$policy" ]; then
    say "leaving $policy as it is"
    return
  fi
  policy_is_ours=yes
  printf '#!/bin/sh\n# Of install-peers.sh, for as long as it runs: start no service.\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

keep_from_boot() {
  for service in $1; do
    if command -v systemctl >/dev/null 2>&1; then systemctl disable "$service" >/dev/null 2>&1 || true; fi
    if command -v update-rc.d >/dev/null 2>&1; then update-rc.d "$service" disable >/dev/null 2>&1 || true; fi
    say "$service will not start by itself; to undo: systemctl enable $service"
  done
}

# Puts the files of a package on the shelf, and runs none of its scripts.
unpack() {
  folder=$(mktemp -d)
  (cd "$folder" && apt-get download -q "$1") || fail "$1 cannot be downloaded"
  rm -rf "${shelf:?}/$1"
  mkdir -p "$shelf/$1"
  dpkg-deb -x "$folder"/*.deb "$shelf/$1" || fail "$1 cannot be unpacked"
  rm -rf "$folder"
  say "$1 is unpacked, and not installed, in $shelf/$1"
}

[ "$(id -u)" = 0 ] || fail "run me as root"
command -v apt-get >/dev/null 2>&1 || fail "this is for Debian and what comes of it: there is no apt-get here"
found=$(running_daemons)
[ -z "$found" ] || fail "already running on this machine's network, and not ours to touch: $found- stop it first"

missing=
for package in $packages; do is_installed "$package" || missing="$missing $package"; done
unshelved=
for package in $unpacked; do [ -d "$shelf/$package" ] || unshelved="$unshelved $package"; done
if [ -z "$missing$unshelved" ]; then
  say "everything is installed"
  exit 0
fi
new_services=
for service in $services; do is_installed "$service" || new_services="$new_services $service"; done

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
forbid_starts
say "installing:$missing$unshelved"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q || fail "apt-get update failed"
for package in $unshelved; do unpack "$package"; done
# shellcheck disable=SC2086 # a list of names
apt-get install -q -y --no-install-recommends $missing || fail "apt-get install failed"
keep_from_boot "$new_services"

found=$(running_daemons)
[ -z "$found" ] || fail "these were started on this machine's network, and should not run: $found"
say "done"
