#!/bin/bash
# check_low_memory.sh [--build FOLDER] [STEP]
#
# Every command under limits of address space (ulimit -v) from 50 to 700 MB in steps of STEP (10) MB, in float32, by fbert's
# own products and by OpenBLAS', and in int8, with one thread and two. Each has to end within 5 seconds, with an answer, or with one line on standard error and exit
# code 1. Prints what does not, and fails if anything does not. Minutes.
set -euo pipefail
. "$(dirname "$0")/programs.sh"
fbert=$(program fbert)
step=${1:-10}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf 'text,label\n%s\n' 'a good film,POSITIVE' 'a bad film,NEGATIVE' >"$folder/data.csv"

runs=0
failures=0
# check LIMIT-MB COMMAND...
check() {
  local limit=$1 status=0
  shift
  (ulimit -v $((limit * 1000)) && exec timeout --signal=KILL 5 "$fbert" "$@") >"$folder/out" 2>"$folder/err" </dev/null || status=$?
  runs=$((runs + 1))
  if ((status == 0)) || { ((status == 1)) && (($(wc -l <"$folder/err") == 1)); }; then return; fi
  # Where there is no room for the program's own libraries, the dynamic loader or the shell says so.
  if ((status == 127)) && grep -q 'error while loading shared libraries' "$folder/err"; then return; fi
  failures=$((failures + 1))
  printf '%s MB, exit code %s: %s\n' "$limit" "$status" "$*"
  head -n 3 "$folder/err"
}

for ((limit = 50; limit <= 700; limit += step)); do
  check "$limit" --help
  check "$limit" tokenize "a good film"
  check "$limit" inspect
  for threads in 1 2; do
    for variant in fp32 int8; do
      check "$limit" run --threads "$threads" --variant "$variant" "a good film"
      check "$limit" eval --threads "$threads" --variant "$variant" --csv "$folder/data.csv"
      check "$limit" bench --threads "$threads" --variant "$variant" --seq-len 8 --num-samples 2 --warmup-runs 1
    done
    check "$limit" run --threads "$threads" --blas openblas "a good film"
    check "$limit" compare fp32 int8 --threads "$threads" --csv "$folder/data.csv"
  done
  rm -rf "$folder/int8"
  check "$limit" quantize --output "$folder/int8"
done
printf '%s of %s runs failed\n' "$failures" "$runs"
exit $((failures != 0))
