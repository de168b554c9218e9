#!/bin/sh
# Whether the verdicts of `fbert bench` can be believed on this machine: identical variants called different in at most
# a tenth of the repetitions, a variant that is 3 % slower called slower in at least nine tenths, and intervals of the
# mean that overlap from run to run in at least nine tenths. Wants a quiet machine; takes about two minutes.
#
#   scripts/check_bench_verdicts.sh [BUILD_FOLDER [REPETITIONS [SECONDS [THREADS]]]]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build/release}
[ $# -gt 0 ] && shift
cmake -B "$build" -DFBERT_BUILD_BENCH=ON >/dev/null
cmake --build "$build" --target bench_verdicts
exec "$build/bench/bench_verdicts" "$root/models/fbert-mini-sst2" "$@"
