#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# umbrella_cost.sh LIMIT COMPILER...: CPU time to compile the umbrella over that of Eigen/Core; best of five each, taken in
# turns in one sitting, -O0 -c.
set -euo pipefail
limit=$1
shift
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
echo '#include <flashvideo/flashvideo.hpp>' >"$directory/umbrella.cpp"
echo '#include <Eigen/Core>' >"$directory/eigen.cpp"
TIMEFORMAT='%3U %3S'
cost() { { time "$@" -O0 -c "$source" -o "$directory/out.o"; } 2>&1 | awk 'END { print $1 + $2 }'; }
for round in 1 2 3 4 5; do
  for name in umbrella eigen; do
    source=$directory/$name.cpp
    cost "$@" >>"$directory/$name"
  done
done
awk -v umbrella="$(sort -g "$directory/umbrella" | head -1)" -v eigen="$(sort -g "$directory/eigen" | head -1)" -v limit="$limit" '
  BEGIN {
    ratio = umbrella / eigen
    printf "flashvideo.hpp %.2f s, Eigen/Core %.2f s: ratio %.2f, at most %.2f\n", umbrella, eigen, ratio, limit
    exit !(ratio <= limit)
  }'
