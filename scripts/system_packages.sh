#!/usr/bin/env bash
# Debian packages the tests drive, and those named as arguments. As root they are installed when missing; otherwise what
# needs one is skipped.
set -euo pipefail
packages=(chromium clamav-daemon firefox-esr postgresql redis-server coturn nginx iproute2 util-linux fonts-dejavu-core fonts-noto-color-emoji "$@")

command -v dpkg-query >/dev/null || { echo "Not a Debian system: tests that need ${packages[*]} may be skipped"; exit 0; }
missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

if [[ $(id -u) -ne 0 ]]; then
  echo "Not root: what needs these packages is skipped: ${missing[*]}"
  exit 0
fi
echo "Installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# The packages' own services must not start: the tests start theirs, on free ports.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
