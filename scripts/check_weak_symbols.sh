#!/bin/sh
# check_weak_symbols.sh OBJECT...
#
# Fails unless every object defines exactly one global symbol, its kernel table, and no weak one. A weak symbol is a copy
# of a shared inline function compiled for a wide instruction set: the linker may keep it for the whole program, which
# then dies with an illegal instruction on older CPUs.
set -eu

if [ $# -eq 0 ]; then
  echo "usage: $0 OBJECT..." >&2
  exit 2
fi

status=0
for object in "$@"; do
  symbols=$(nm --format=posix --defined-only "$object")
  weak=$(printf '%s\n' "$symbols" | awk '$2 ~ /^[WVwvu]$/ { print $1 }' | c++filt)
  globals=$(printf '%s\n' "$symbols" | awk '$2 ~ /^[A-TX-Z]$/ { print $1 }' | c++filt)
  if [ -n "$weak" ]; then
    echo "$object: weak symbols:" >&2
    printf '  %s\n' "$weak" >&2
    status=1
  fi
  if [ "$(printf '%s\n' "$globals" | grep -c .)" -ne 1 ] || ! printf '%s\n' "$globals" | grep -q 'Table$'; then
    echo "$object: expected one global symbol, the kernel table; found:" >&2
    printf '  %s\n' "$globals" >&2
    status=1
  fi
done
exit $status
