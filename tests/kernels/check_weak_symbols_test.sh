#!/bin/sh
# check_weak_symbols_test.sh CXX SCRIPT: planted objects are told apart.
set -eu

cxx=$1
script=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

compile() { # name, source
  printf '%s\n' "$2" > "$folder/$1.cc"
  "$cxx" -O0 -c "$folder/$1.cc" -o "$folder/$1.o"
}

expect() { # expected exit status, name
  actual=0
  "$script" "$folder/$2.o" > "$folder/$2.log" 2>&1 || actual=$?
  if [ "$actual" -ne "$1" ]; then
    echo "$2: expected exit status $1, got $actual" >&2
    cat "$folder/$2.log" >&2
    exit 1
  fi
}

compile good 'namespace { inline int one() { return 1; } } extern const int kGoodTable; const int kGoodTable = one();'
expect 0 good
compile shared_inline 'inline int one() { return 1; } extern const int kBadTable; const int kBadTable = one();'
expect 1 shared_inline
compile shared_template 'template <int n> int f() { return n; } extern const int kBadTable; const int kBadTable = f<1>();'
expect 1 shared_template
compile second_symbol 'extern const int kBadTable; const int kBadTable = 1; int helper() { return 2; }'
expect 1 second_symbol
compile no_table 'namespace { int x; } static int* y = &x;'
expect 1 no_table
