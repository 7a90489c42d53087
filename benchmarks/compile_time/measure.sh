#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# benchmarks/compile_time/measure.sh [BUILD [RESULT.json]]: processor seconds (user and system) to compile the umbrella header
# at -O0, embed at -O2 and every example as the build compiles it, each beside Eigen/Core with the same options ("x Eigen/Core").
# Headers: best of ROUNDS (default 3), which take turns; programs are compiled once. The result has Google Benchmark's form; BUILD
# (default build/) must be configured with the examples.
#   compile_time/umbrella/O0     #include <flashvideo/flashvideo.hpp>, meant to be at most 2 x Eigen/Core
#   compile_time/embed/O2        examples/embed with component Compiled, meant to be at most 5 x Eigen/Core
#   compile_time/embed/header_only, compile_time/compiled   the same without it; its one unit (cmake/compiled.cpp); both at -O2
#   compile_time/example/<name>  all sources of examples/<name>, with the build's own options
# Checked: every compile must pass and leave an object.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$(realpath -m "${1:-$source/build}")
result=$(realpath -m "${2:-$build/benchmarks/results/compile_time.json}")
rounds=${ROUNDS:-3}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export CCACHE_DISABLE=1
TIMEFORMAT='%3U %3S'

echo '#include <flashvideo/flashvideo.hpp>' >"$scratch/umbrella.cpp"
echo '#include <Eigen/Core>' >"$scratch/eigen.cpp"

# The build's compile lines of a target, with their outputs in the scratch folder; nothing where the target does not exist.
lines_of() {
  ninja -C "$build" -t commands "$1" 2>/dev/null | grep -E " -c .*/examples/$1/[^/ ]*\.cpp$" |
    sed -E "s# -o [^ ]+# -o $scratch/out.o#; s# -MF [^ ]+# -MF $scratch/out.d#" || true
}
# Processor seconds of compile lines, one after another.
seconds_of() {
  local line total=0 took
  while IFS= read -r line; do
    rm -f "$scratch/out.o"
    took=$({ time (cd "$build" && eval "$line" >"$scratch/log" 2>&1 || true); } 2>&1 | awk 'END { print $1 + $2 }')
    if [[ ! -s $scratch/out.o ]]; then
      cat "$scratch/log" >&2
      echo "compile_time: this does not compile: $line" >&2
      return 1
    fi
    total=$(awk -v a="$total" -v b="$took" 'BEGIN { print a + b }')
  done
  echo "$total"
}

embed=$(lines_of embed)
if [[ -z $embed ]]; then
  echo "compile_time: $build does not build the example embed" >&2
  exit 1
fi
# Eigen/Core or the umbrella with embed's compiler and include folders, at a level of optimisation.
line_at() { sed -E "s# -O[0-3s]\b##g; s# -c [^ ]+# -$1 -c $2#" <<<"$embed"; }
examples=()
for main in "$source"/examples/*/main.cpp; do
  name=$(basename "$(dirname "$main")")
  [[ -z $(lines_of "$name") ]] || examples+=("$name")
done

# Adds the seconds that it reads to those of NAME.
keep() { cat >>"$scratch/times.${1//\//.}"; }
eigen=$scratch/eigen.cpp umbrella=$scratch/umbrella.cpp
for ((round = 0; round < rounds; ++round)); do
  line_at O0 "$eigen" | seconds_of | keep eigen/O0
  line_at O0 "$umbrella" | seconds_of | keep umbrella/O0
  line_at O2 "$eigen" | seconds_of | keep eigen/O2
  sed -E "s# -c [^ ]+# -c $eigen#" <<<"$embed" | seconds_of | keep eigen/own
done
line_at O2 "$source/examples/embed/main.cpp" | seconds_of | keep embed/O2
line_at O2 "$source/examples/embed/main.cpp" | sed 's# -DFLASHVIDEO_COMPILED##' | seconds_of | keep embed/header_only
line_at O2 "$source/cmake/compiled.cpp" | seconds_of | keep compiled
for name in "${examples[@]}"; do lines_of "$name" | seconds_of | keep "example/$name"; done

best() { sort -g "$scratch/times.${1//\//.}" | head -1; }
separator=
entry() { # entry NAME BASE
  awk -v name="$1" -v best="$(best "$1")" -v base="$(best "$2")" -v separator="$separator" 'BEGIN {
    printf "%s\n  {\"name\": \"compile_time/%s\", \"run_type\": \"iteration\", \"real_time\": %s, \"time_unit\": \"s\", \"x Eigen/Core\": %.3f}",
           separator, name, best, best / base }'
  separator=,
}
mkdir -p "$(dirname "$result")"
{
  printf '{"context": {"date": "%s", "source": "benchmarks/compile_time/measure.sh"' "$(date -Iseconds)"
  IFS=, read -r -a pairs <<<"${FLASHVIDEO_BENCHMARK_CONTEXT:-}"
  for pair in "${pairs[@]}"; do printf ', "%s": "%s"' "${pair%%=*}" "${pair#*=}"; done
  printf '},\n"benchmarks": ['
  entry eigen/O0 eigen/O0
  entry umbrella/O0 eigen/O0
  entry eigen/O2 eigen/O2
  entry embed/O2 eigen/O2
  entry embed/header_only eigen/O2
  entry compiled eigen/O2
  for name in "${examples[@]}"; do entry "example/$name" eigen/own; done
  printf '\n]}\n'
} >"$result"
sed -n 's/.*"compile_time\/\([^"]*\)".*"real_time": \([0-9.]*\).*Core": \([0-9.]*\).*/\1: \2 s, \3 x Eigen\/Core/p' "$result"
