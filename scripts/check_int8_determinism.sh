#!/bin/sh
# check_int8_determinism.sh [--build FOLDER] MODEL TEXTS [ROWS]
#
# Runs the first ROWS (2000) lines of TEXTS with the int8 variant of MODEL on every instruction set of this CPU, alone and
# in shuffled batches of 7 and 64, with 1, 2 and 7 threads, and counts the bits of the logits that differ. Fails when there
# are any. Minutes, most of them for the table "ref".
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/dev
if [ "${1:-}" = --build ]; then
  build=$2
  shift 2
fi
program=$build/tests/engine/check_int8_determinism
if [ ! -x "$program" ]; then
  echo "$0: $program is not there: cmake --preset dev && cmake --build --preset dev --target check_int8_determinism" >&2
  exit 2
fi
exec "$program" "$@"
