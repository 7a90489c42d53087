#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# compile_cost.sh LIMIT SOURCE COMPILER...: CPU time to compile SOURCE (a file; "umbrella": the header alone) over that of
# Eigen/Core with the same options; best of five each, taken in turns. Neighbours on the machine only make a compile slower,
# so where that is not within the limit the best of up to twenty counts.
set -euo pipefail
limit=$1 source=$2
shift 2
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
echo '#include <flashvideo/flashvideo.hpp>' >"$directory/umbrella.cpp"
echo '#include <Eigen/Core>' >"$directory/eigen.cpp"
[[ $source != umbrella ]] || source=$directory/umbrella.cpp
TIMEFORMAT='%3U %3S'
cost() { # cost FILE COMPILER...
  local file=$1
  shift
  { time "$@" -c "$file" -o "$directory/out.o"; } 2>&1 | awk 'END { print $1 + $2 }'
}
ours() { sort -g "$directory/source.times" | head -1; }
eigen() { sort -g "$directory/eigen.times" | head -1; }
for sitting in 1 2 3 4; do
  for round in 1 2 3 4 5; do
    cost "$source" "$@" >>"$directory/source.times"
    cost "$directory/eigen.cpp" "$@" >>"$directory/eigen.times"
  done
  [[ -s $directory/out.o ]]
  awk -v name="$(basename "$source")" -v ours="$(ours)" -v eigen="$(eigen)" -v limit="$limit" -v rounds=$((5 * sitting)) '
    BEGIN {
      ratio = ours / eigen
      printf "%s %.2f s, Eigen/Core %.2f s, best of %d: ratio %.2f, at most %.2f\n", name, ours, eigen, rounds, ratio, limit
      exit !(ratio <= limit)
    }' && exit 0
done
exit 1
