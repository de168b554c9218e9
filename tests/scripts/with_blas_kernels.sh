#!/bin/sh
# with_blas_kernels.sh KERNELS PROGRAM...: runs a test with OpenBLAS' products by these kernels of it; exit code 77 where
# the CPU lacks what they need.
set -eu
kernels=$1
shift
if [ "$kernels" = SkylakeX ] && ! grep -qw avx512vl /proc/cpuinfo; then
  echo "skipped: this CPU has no AVX-512"
  exit 77
fi
FBERT_BLAS=openblas OPENBLAS_CORETYPE=$kernels exec "$@"
