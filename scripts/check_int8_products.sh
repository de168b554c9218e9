#!/bin/sh
# check_int8_products.sh [--build FOLDER] [PROBLEMS [SEED]]
#
# Multiplies random int8 matrices (a million, a few minutes) with every kernel table that this CPU can run, and with the
# tile of avx_vnni by AVX-512, and fails when a word of a result differs from that of the table "ref".
set -eu

. "$(dirname "$0")/programs.sh"
program=$(program tests/kernels/check_int8_products)
exec "$program" "${1:-1000000}" "${2:-1}" "$(nproc)"
