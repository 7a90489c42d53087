#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# two_units.sh SOURCE WORK COMPILER [INCLUDE_DIRECTORY...]: one program of two units, one -O2, the other
# -O2 -mavx2 -mfma -fopenmp, linked in both orders. Both units, in both orders, print the same bits.
set -euo pipefail
source=$1 work=$2 compiler=$3
shift 3
includes=(-I"$source/include")
for directory in "$@"; do [[ $directory == /usr/include ]] || includes+=(-isystem "$directory"); done
here=$(cd "$(dirname "$0")/two_units" && pwd)
once=$here/../../structure/compile_once.sh
fast=()
if grep -qw avx2 /proc/cpuinfo 2>/dev/null && grep -qw fma /proc/cpuinfo; then fast=(-mavx2 -mfma); fi
mkdir -p "$work"
"$once" "$work/plain" "$compiler" -std=c++20 -O2 "${includes[@]}" -DUNIT=plain_unit -c "$here/unit.cpp" -o "$work/plain.o"
"$once" "$work/fast" "$compiler" -std=c++20 -O2 ${fast[@]+"${fast[@]}"} -fopenmp "${includes[@]}" -DUNIT=fast_unit \
  -c "$here/unit.cpp" -o "$work/fast.o"
"$once" "$work/main" "$compiler" -std=c++20 -O2 -c "$here/main.cpp" -o "$work/main.o"
"$compiler" "$work/main.o" "$work/plain.o" "$work/fast.o" -fopenmp -pthread -lfmt -lutf8proc -o "$work/plain_first"
"$compiler" "$work/main.o" "$work/fast.o" "$work/plain.o" -fopenmp -pthread -lfmt -lutf8proc -o "$work/fast_first"
"$work/plain_first" >"$work/plain_first.txt"
"$work/fast_first" >"$work/fast_first.txt"
cat "$work/plain_first.txt"
cmp "$work/plain_first.txt" "$work/fast_first.txt"
