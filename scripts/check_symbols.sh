#!/bin/sh
# check_symbols.sh LIBRARY LIST
#
# Fails unless the shared library exports just the symbols of the list, demangled and sorted. What is missing breaks
# programs; what is new is a promise that somebody has to want. `check_symbols.sh LIBRARY -` prints the list.
set -eu

if [ $# -ne 2 ]; then
  echo "usage: $0 LIBRARY LIST" >&2
  exit 2
fi

exported() {
  nm --dynamic --defined-only --demangle --format=posix "$1" | sed -E 's/ [A-Za-z]( [0-9a-f]+)* *$//' | LC_ALL=C sort -u
}

if [ "$2" = - ]; then
  exported "$1"
else
  exported "$1" | diff -u "$2" - >&2
fi
