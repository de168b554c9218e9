# Shared by the scripts that run programs of a build; sourced with the script's arguments, not run.
# shellcheck shell=sh

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/dev
if [ "${1:-}" = --build ]; then
  build=$2
  shift 2
fi

# program PATH: the program of that path in the build.
program() {
  if [ ! -x "$build/$1" ]; then
    echo "$0: $build/$1 is not there: cmake --preset dev && cmake --build --preset dev --target ${1##*/}" >&2
    exit 2
  fi
  printf '%s\n' "$build/$1"
}
