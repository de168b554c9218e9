#!/bin/sh
# check_idle_cpu.sh [--build FOLDER] [SECONDS]
#
# Fails when a loaded classifier with warm threads uses CPU while it has nothing to do (100 seconds, for fp32 and for
# int8), or when a team of three times as many threads as cores takes more than four times as long as one that fits.
set -eu

. "$(dirname "$0")/programs.sh"
report=$(mktemp)
trap 'rm -f "$report"' EXIT
for test in pipelines/idle_test engine/oversubscription_test; do
  program=$(program "tests/$test")
  FBERT_IDLE_SECONDS=${1:-100} "$program" --gtest_output="xml:$report"
  grep -o '<property name="[^"]*" value="[^"]*"' "$report" | sed 's/.*name="\([^"]*\)" value="\([^"]*\)"/\1: \2/' || true
done
