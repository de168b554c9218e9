#!/bin/sh
# sweep_float_kernels.sh [--build FOLDER] [TABLE [STRIDE [FUNCTION]]]
#
# Compares exp, erf, tanh, sigmoid and GELU with the C library's double precision functions and prints the largest errors
# with their arguments. Without a stride every float is tried: a few minutes per function and core, for TABLE = ref more.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/dev
if [ "${1:-}" = --build ]; then
  build=$2
  shift 2
fi
program=$build/tests/kernels/sweep_float_kernels
if [ ! -x "$program" ]; then
  echo "$0: $program is not there: cmake --preset dev && cmake --build --preset dev --target sweep_float_kernels" >&2
  exit 2
fi
table=${1:-avx512}
stride=${2:-1}
if [ $# -ge 3 ]; then
  exec "$program" "$table" "$stride" "$3"
fi
exec "$program" "$table" "$stride"
