#!/usr/bin/env bash
# Installs a finished build into a temporary prefix, then builds and runs a program against the static and the shared
# library, found by CMake and by pkg-config.
#   scripts/test_install.sh [BUILD-FOLDER]     default: build/release
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/build.sh

build_folder=${1:-build/release}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix

quietly "$scratch/install.log" cmake --install "$build_folder" --prefix "$prefix"
by_cmake() {  # by_cmake COMPONENTS
  quietly "$scratch/configure$1.log" cmake -S tests/install -B "$scratch/build$1" -G Ninja \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix" -DFBERT_COMPONENTS="$1" \
    -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Werror"
  quietly "$scratch/build$1.log" cmake --build "$scratch/build$1"
}

# By pkg-config, which gives the shared library; for the static one a user names it and asks for what it needs.
export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name fbert.pc)")
by_pkg_config() {  # by_pkg_config KIND LIBS
  local flags libs
  read -ra flags <<<"$(pkg-config --cflags fbert)"
  read -ra libs <<<"$2"
  quietly "$scratch/build_$1.log" "${CXX:-c++}" -std=c++20 "${flags[@]}" tests/install/consumer.cc -o "$scratch/$1" \
    "${libs[@]}" -Wl,-rpath,"$(pkg-config --variable=libdir fbert)"
}
static_libs=$(pkg-config --static --libs fbert)
# At the same time: little of a build is done by several compilers.
running=()
by_cmake "" & running+=($!)
by_cmake shared & running+=($!)
by_pkg_config shared "$(pkg-config --libs fbert)" & running+=($!)
by_pkg_config static "${static_libs/-lfbert/-l:libfbert.a}" & running+=($!)
failed=0
for process in "${running[@]}"; do wait "$process" || failed=1; done
((failed == 0))
consumers=("$scratch/build/consumer_static" "$scratch/build/consumer_shared" "$scratch/buildshared/consumer_shared"
  "$scratch/shared" "$scratch/static")

for consumer in "${consumers[@]}"; do
  rm -rf "$scratch/quantized"
  "$consumer" "$prefix/share/fbert/models/fbert-mini-sst2" "$scratch/quantized" "a warm and funny film" "a dull mess" \
    >"$scratch/answers"
  grep -q '^1 .* a warm and funny film$' "$scratch/answers"
  grep -q '^0 .* a dull mess$' "$scratch/answers"
  grep -qx '[0-9]*\.[0-9]*\.[0-9]*: 1' "$scratch/answers"
  linked=$(ldd "$consumer" | grep -c 'libfbert\.so\.0 => /' || true)
  [[ $linked == $([[ $consumer == *shared ]] && echo 1 || echo 0) ]]
done
cat "$scratch/answers"

# The installed program finds the installed model by itself, and nothing in the package points back to this tree.
(cd / && "$prefix/bin/fbert" run "a warm and funny film" >/dev/null)
if grep -rlF "$PWD" "$prefix/lib" --include='*.cmake' --include='*.pc'; then
  say "the installed package names the source tree" >&2
  exit 1
fi
