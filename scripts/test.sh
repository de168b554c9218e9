#!/usr/bin/env bash
# Installs what is missing, builds the tests and runs them: all of them, then the fast ones under AddressSanitizer and
# UndefinedBehaviorSanitizer, then the fast ones that use threads under ThreadSanitizer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/build.sh

threaded_tests=(thread_team_test determinism_test model_test classifier_test)

# run_tests PRESET CTEST-OPTIONS...: prints a summary line and, on failure, everything about the tests that did not pass.
run_tests() {
  local preset=$1 status=0 log="build/$1/tests.log" passed skipped
  shift
  "${launcher[@]}" ctest --preset "$preset" --parallel "$(nproc)" "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    grep -vE ' Passed +[0-9.]+ sec$|\*\*\*Skipped|^ +Start +[0-9]+: ' "$log" >&2 || true
  fi
  passed=$(grep -E '^[0-9]+% tests passed' "$log" || true)
  skipped=$(grep -cE '\*\*\*Skipped' "$log" || true)
  say "$preset: ${passed:-ctest did not finish}, $skipped skipped (build/$preset/tests.log)"
  return "$status"
}

scripts/install_dependencies.sh --tests

build dev
run_tests dev
quietly build/dev/install.log scripts/test_install.sh build/dev
say "install: a program builds against the installed package"

build asan
run_tests asan --label-exclude slow

# The ThreadSanitizer of g++ 12 refuses to start where the kernel randomises more address bits than it expects.
if setarch --addr-no-randomize true 2>/dev/null; then
  launcher=(setarch --addr-no-randomize)
fi
build tsan --target "${threaded_tests[@]}"
# Tests that were not built have no label.
run_tests tsan --label-regex '^(engine|cli)$' --label-exclude slow
