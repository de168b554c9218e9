#!/bin/sh
# check_int8_products.sh [--build FOLDER] [PROBLEMS [SEED]]
#
# Multiplies random int8 matrices (a million, a few minutes) with every kernel table that this CPU can run, and with the
# tile of avx_vnni by AVX-512, and fails when a word of a result differs from that of the table "ref".
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/dev
if [ "${1:-}" = --build ]; then
  build=$2
  shift 2
fi
program=$build/tests/kernels/check_int8_products
if [ ! -x "$program" ]; then
  echo "$0: $program is not there: cmake --preset dev && cmake --build --preset dev --target check_int8_products" >&2
  exit 2
fi
exec "$program" "${1:-1000000}" "${2:-1}" "$(nproc)"
