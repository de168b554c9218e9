# Shared by the scripts that build; sourced from the root of the repository, not run.
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }

# quietly LOG COMMAND...: runs the command; its output is shown only when it fails.
quietly() {
  local log=$1 status=0
  shift
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    cat "$log" >&2
    say "failed: $*" >&2
  fi
  return "$status"
}

# The command line by which builds and tests are started.
launcher=()

# build PRESET [OPTION...]: configures and builds build/PRESET, with options of cmake --build; a terminal sees the progress,
# anything else only errors.
build() {
  local preset=$1 progress=(-- --quiet)
  shift
  if [[ -t 1 ]]; then
    progress=()
  fi
  say "Building build/$preset"
  mkdir -p "build/$preset"
  quietly "build/$preset/configure.log" cmake --preset "$preset"
  "${launcher[@]}" cmake --build --preset "$preset" "$@" "${progress[@]}"
}
