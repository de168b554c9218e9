#!/bin/sh
# check_determinism.sh [--build FOLDER] MODEL TEXTS [ROWS]
#
# Runs the first ROWS (2000) lines of TEXTS with MODEL in fp32, by fbert's own products, and in int8, on every instruction
# set of this CPU, alone and in shuffled batches of 7 and 64, with 1, 2 and 7 threads, and counts the bits of the logits that differ. Fails when there
# are any. Minutes, most of them for the table "ref".
set -eu

. "$(dirname "$0")/programs.sh"
program=$(program tests/engine/check_determinism)
exec "$program" "$@"
