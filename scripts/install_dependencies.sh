#!/usr/bin/env bash
# Installs the Debian packages that fbert is built with; does nothing when they are all there.
#   scripts/install_dependencies.sh            what the program and the benchmarks need
#   scripts/install_dependencies.sh --tests    also what the tests need
set -euo pipefail

packages=(cmake ninja-build g++ pkg-config libopenblas0-pthread nlohmann-json3-dev libutf8proc-dev libcli11-dev
  libfmt-dev zlib1g-dev libbenchmark-dev)
test_packages=(libgtest-dev libgmock-dev clang libclang-rt-dev lld python3 python3-numpy)
lock_wait_s=300

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install_dependencies: %s\n' "$1" >&2
  shift
  (($# == 0)) || printf '  %s\n' "$@" >&2
  exit 1
}

is_installed() {
  [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

# apt_get VERB...: what it says goes to $logs/VERB. apt-get itself waits for the lock of dpkg only; the locks of the package
# lists and of the archive need this loop.
apt_get() {
  local deadline=$((SECONDS + lock_wait_s)) log="$logs/$1"
  until "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout="$lock_wait_s" "$@" \
    >"$log" 2>&1 </dev/null; do
    if ((SECONDS >= deadline)) || ! grep -qiE 'could not get lock|unable to (lock|acquire)' "$log"; then
      return 1
    fi
    sleep 2
  done
}

case "${1-}" in
  '') ;;
  --tests) packages+=("${test_packages[@]}") ;;
  *) fail "unknown option '$1'; the only one is --tests" ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  fail "this system has no dpkg and apt-get, so nothing can be installed here" \
    "With its own package manager, install what these Debian packages contain:" "  ${packages[*]}" \
    "then build by hand: cmake --preset release && cmake --build --preset release"
fi

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null ||
    fail "packages are missing, and there is no sudo to install them with" "As root: apt-get install ${missing[*]}"
  as_root=(sudo)
  if ! sudo -n true 2>/dev/null && [[ ! -t 0 ]]; then
    fail "packages are missing, and sudo wants a password but there is no terminal to ask on" \
      "As root: apt-get install ${missing[*]}"
  fi
fi

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
say "Installing: ${missing[*]}"
# A package list that cannot be fetched matters only when the installation then fails.
if ! { apt_get update; apt_get install --no-install-recommends "${missing[@]}"; }; then
  mapfile -t said < <(tail -q -n 8 "$logs"/update "$logs"/install)
  fail "apt-get could not install the packages; its last lines:" "${said[@]}"
fi
