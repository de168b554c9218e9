#!/usr/bin/env bash
# test.sh [--all]
#
# Installs what is missing, builds the tests and runs them: all of them, then the fast ones below the command line under
# AddressSanitizer and UndefinedBehaviorSanitizer, then the fast ones that use threads under ThreadSanitizer. --all takes the
# command line's tests under AddressSanitizer too, which doubles the time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/build.sh

sanitized_folders=(kernels loader tokenizer engine quantizer pipelines fuzz)
if [[ ${1:-} == --all ]]; then
  sanitized_folders+=(cli)
fi
sanitized_targets=()
for folder in "${sanitized_folders[@]}"; do sanitized_targets+=("tests/$folder/all"); done
# Threads are the engine's matter, whatever table they compute with.
threaded_tests=(thread_team_test avx2/engine_isa_test pipelines_test)

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
# What measures time needs the machine for itself: scripts/check_idle_cpu.sh.
run_tests dev --label-exclude timing
quietly build/dev/install.log scripts/test_install.sh build/dev
say "install: a program builds against the installed package"

build asan --target "${sanitized_targets[@]}"
run_tests asan --label-regex "^($(IFS='|' && printf '%s' "${sanitized_folders[*]}"))$" --label-exclude 'slow|structure'

# ThreadSanitizer refuses to start where the kernel randomises more address bits than it expects.
if setarch --addr-no-randomize true 2>/dev/null; then
  launcher=(setarch --addr-no-randomize)
fi
build tsan --target "${threaded_tests[@]##*/}"
run_tests tsan --tests-regex "^($(IFS='|' && printf '%s' "${threaded_tests[*]}"))$"
