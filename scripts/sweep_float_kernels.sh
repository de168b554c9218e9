#!/bin/sh
# sweep_float_kernels.sh [--build FOLDER] [TABLE [STRIDE [FUNCTION]]]
#
# Compares exp, erf, tanh, sigmoid and GELU with the C library's double precision functions and prints the largest errors
# with their arguments. Without a stride every float is tried: a few minutes per function and core, for TABLE = ref more.
set -eu

. "$(dirname "$0")/programs.sh"
program=$(program tests/kernels/sweep_float_kernels)
table=${1:-avx512}
stride=${2:-1}
if [ $# -ge 3 ]; then
  exec "$program" "$table" "$stride" "$3"
fi
exec "$program" "$table" "$stride"
