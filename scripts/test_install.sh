#!/usr/bin/env bash
# Installs a finished build into a temporary prefix, then builds and runs a program that finds it with find_package.
#   scripts/test_install.sh [BUILD-FOLDER]     default: build/release
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/build.sh

build_folder=${1:-build/release}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix

quietly "$scratch/install.log" cmake --install "$build_folder" --prefix "$prefix"
quietly "$scratch/configure.log" cmake -S tests/install -B "$scratch/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Werror"
quietly "$scratch/build.log" cmake --build "$scratch/build"

"$scratch/build/consumer" "$prefix/share/fbert/models/fbert-mini-sst2" "$scratch/quantized" "a warm and funny film" \
  "a dull mess" |
  tee "$scratch/answers"
grep -q '^1 .* a warm and funny film$' "$scratch/answers"
grep -q '^0 .* a dull mess$' "$scratch/answers"

# The installed program finds the installed model by itself, and nothing in the package points back to this tree.
(cd / && "$prefix/bin/fbert" run "a warm and funny film" >/dev/null)
if grep -rlF "$PWD" "$prefix/lib" --include='*.cmake'; then
  say "the installed package names the source tree" >&2
  exit 1
fi
