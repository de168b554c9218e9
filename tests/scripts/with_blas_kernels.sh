#!/bin/sh
# with_blas_kernels.sh KERNELS PROGRAM...: runs a test with these kernels of OpenBLAS; exit code 77 where the CPU lacks
# what they need.
set -eu
kernels=$1
shift
if [ "$kernels" = SkylakeX ] && ! grep -qw avx512vl /proc/cpuinfo; then
  echo "skipped: this CPU has no AVX-512"
  exit 77
fi
OPENBLAS_CORETYPE=$kernels exec "$@"
