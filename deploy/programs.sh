#!/usr/bin/env bash
# Installs what the tests run beside Kafka and PostgreSQL: a SIP proxy and a caller, the
# monitoring that finds outages, a browser. Only on Debian and Ubuntu, and only as root;
# elsewhere it says what is missing, and the tests that need it say so too.
set -euo pipefail

# program=package
PROGRAMS=(
    kamailio=kamailio
    sipp=sip-tester
    prometheus=prometheus
    prometheus-alertmanager=prometheus-alertmanager
    prometheus-blackbox-exporter=prometheus-blackbox-exporter
)
# The shell draws pages without windows, in half the time; not everybody has it.
BROWSER=chromium-headless-shell
FONTS=fonts-dejavu-core # a browser without fonts shows nothing that a person could read

export PATH="$PATH:/usr/sbin"

missing=() packages=()
for pair in "${PROGRAMS[@]}"; do
    command -v "${pair%%=*}" >/dev/null 2>&1 && continue
    missing+=("${pair%%=*}") packages+=("${pair#*=}")
done
if ! command -v "$BROWSER" >/dev/null 2>&1 && ! command -v chromium >/dev/null 2>&1; then
    missing+=(chromium) packages+=("$BROWSER")
fi
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    printf 'Not here: %s. Tests that need them are skipped, and say so.\n' "${missing[*]}"
    printf 'On Debian and Ubuntu: sudo apt-get install %s %s\n' "${packages[*]}" "$FONTS"
    exit 0
fi

# Packages bring daemons along, and nobody asked for a daemon.
POLICY=/usr/sbin/policy-rc.d
if [ ! -e "$POLICY" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$POLICY"
    chmod 755 "$POLICY"
    trap 'rm -f "$POLICY"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive TMPDIR="${TMPDIR:-/var/tmp}"
log=$(mktemp)
apt() { apt-get --quiet --option DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1; }
install() { apt install --yes --no-install-recommends "${packages[@]}" "$FONTS"; }

printf 'Installing %s (a minute or two, once)\n' "${missing[*]}"
apt update || true # an old list may still do
apt-cache show "$BROWSER" >/dev/null 2>&1 || packages=("${packages[@]/#$BROWSER/chromium}")
if ! install && ! { dpkg --configure -a >>"$log" 2>&1 && install; }; then
    tail -n 20 "$log" >&2
    printf 'apt-get could not install %s; all it said is in %s\n' "${packages[*]}" "$log" >&2
    exit 1
fi
rm -f "$log"
