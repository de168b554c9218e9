#!/bin/sh
# Builds the fuzz targets with libFuzzer (clang) and runs each of them for some seconds.
#
#   scripts/fuzz.sh [seconds [target...]]     default: 60 seconds, all targets
#
# The committed corpora are read, never changed: new inputs go to build/fuzz/corpus/<target> and are used again by the
# next run. An input that fails is kept there as crash-*, timeout-* or oom-*; the script ends with 1 and names it.
set -eu
cd "$(dirname "$0")/.."

seconds=${1:-60}
[ $# -gt 0 ] && shift
case $seconds in
  '' | *[!0-9]*) echo "usage: scripts/fuzz.sh [seconds [target...]]" >&2; exit 2 ;;
esac
if ! command -v clang++ >/dev/null; then
  echo "fuzz.sh: clang++ is missing (Debian: apt-get install clang)" >&2
  exit 1
fi

targets=${*:-$(sed -n 's/^fbert_fuzz(\([a-z0-9_]*\).*/\1/p' tests/fuzz/CMakeLists.txt)}
cmake --preset fuzz >/dev/null
# shellcheck disable=SC2086  # a list of names
cmake --build --preset fuzz --target $targets

failed=
for target in $targets; do
  work=build/fuzz/corpus/$target
  mkdir -p "$work"
  echo "== $target, $seconds s"
  if ! "build/fuzz/tests/fuzz/$target" -max_total_time="$seconds" -max_len=16384 -timeout=5 -rss_limit_mb=512 \
      -dict=tests/fuzz/json.dict -artifact_prefix="$work/" -print_final_stats=1 -verbosity=0 \
      "$work" "tests/fuzz/corpus/$target"; then
    failed="$failed $target"
  fi
done
if [ -n "$failed" ]; then
  echo "fuzz.sh: failed:$failed (inputs under build/fuzz/corpus/)" >&2
  exit 1
fi
