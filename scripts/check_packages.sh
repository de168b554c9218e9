#!/usr/bin/env bash
# Checks the packages that scripts/package.sh built: with lintian, then by installing, running and removing them in a
# fresh Debian 12 (debootstrap; skipped with a reason without root, debootstrap or a mirror).
#   scripts/check_packages.sh [FOLDER]     default: build/package
# FBERT_DEBIAN_MIRROR names another mirror than deb.debian.org.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/build.sh

folder=${1:-build/package}
packages=("$folder"/fbert_*.deb "$folder"/libfbert0_*.deb "$folder"/libfbert-dev_*.deb)
for package in "${packages[@]}"; do
  if [[ ! -f $package ]]; then
    say "$package: not there; scripts/package.sh builds it" >&2
    exit 2
  fi
done

if command -v lintian >/dev/null; then
  lintian --fail-on error,warning --allow-root "${packages[@]}"
  say "lintian: no errors, no warnings"
else
  say "lintian: skipped, it is not installed"
fi

if ((EUID != 0)) || ! command -v debootstrap >/dev/null; then
  say "installation: skipped, it needs root and debootstrap"
  exit 0
fi
scratch=$(mktemp -d)
system=$scratch/system
trap 'if mountpoint -q "$system/proc"; then umount "$system/proc"; fi; rm -rf --one-file-system "$scratch"' EXIT
if ! debootstrap --variant=minbase bookworm "$system" "${FBERT_DEBIAN_MIRROR:-http://deb.debian.org/debian}" \
  >"$scratch/debootstrap.log" 2>&1; then
  tail -n 3 "$scratch/debootstrap.log"
  say "installation: skipped, debootstrap could not make a Debian 12"
  exit 0
fi
mkdir "$system/packages"
cp "${packages[@]}" "$system/packages"
if [[ -f /etc/resolv.conf ]]; then cp /etc/resolv.conf "$system/etc/resolv.conf"; fi

# By /proc a program knows its folder, and so the model beside it.
mount -t proc proc "$system/proc"

# in_system COMMAND...: its output goes to a log that is shown when it fails.
in_system() { quietly "$scratch/log" chroot "$system" env LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }

in_system sh -c 'apt-get install -y --no-install-recommends /packages/fbert_*.deb /packages/libfbert0_*.deb'
in_system fbert run "a warm and funny film"
grep -q POSITIVE "$scratch/log"
in_system sh -c 'ldconfig -p | grep libfbert.so.0'
for file in man/man1/fbert.1.gz man/man1/fbert-run.1.gz bash-completion/completions/fbert zsh/vendor-completions/_fbert \
  fish/vendor_completions.d/fbert.fish; do
  in_system sh -c "dpkg -L fbert | grep -x /usr/share/$file"
done
in_system sh -c 'apt-get install -y --no-install-recommends g++ pkg-config /packages/libfbert-dev_*.deb'
cp tests/install/consumer.cc "$system/packages/consumer.cc"
# shellcheck disable=SC2016  # for the shell inside
in_system sh -c 'g++ -std=c++20 /packages/consumer.cc -o /packages/consumer $(pkg-config --cflags --libs fbert)'
in_system /packages/consumer /usr/share/fbert/models/fbert-mini-sst2 /packages/quantized "a warm and funny film" "a dull mess"
in_system dpkg --purge fbert libfbert-dev libfbert0
left=$(find "$system/usr" -name '*fbert*')
if [[ -n $left ]]; then
  say "left behind: $left" >&2
  exit 1
fi
say "installation: installed, run, linked with and removed in a fresh Debian 12"
