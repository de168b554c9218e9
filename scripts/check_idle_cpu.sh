#!/bin/sh
# check_idle_cpu.sh [--build FOLDER] [SECONDS]
#
# Fails when a loaded classifier with warm threads uses CPU while it has nothing to do (100 seconds, for fp32 and for
# int8), or when a team of three times as many threads as cores takes more than four times as long as one that fits.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/dev
if [ "${1:-}" = --build ]; then
  build=$2
  shift 2
fi
for program in cli/idle_test engine/oversubscription_test; do
  if [ ! -x "$build/tests/$program" ]; then
    echo "$0: $build/tests/$program is not there: cmake --preset dev && cmake --build --preset dev" >&2
    exit 2
  fi
done
report=$(mktemp)
trap 'rm -f "$report"' EXIT
for program in cli/idle_test engine/oversubscription_test; do
  FBERT_IDLE_SECONDS=${1:-100} "$build/tests/$program" --gtest_output="xml:$report"
  grep -o '<property name="[^"]*" value="[^"]*"' "$report" | sed 's/.*name="\([^"]*\)" value="\([^"]*\)"/\1: \2/' || true
done
