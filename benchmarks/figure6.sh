#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# benchmarks/figure6.sh [OPTION...]: builds and runs figure6 (benchmarks/baselines/figure6.cpp lists its options), which measures
# seconds per frame for the systems of the paper's Figure 6, and writes build/benchmarks/results/figure6.json;
# benchmarks/report.sh makes a page with plots of it. The default takes about a quarter of an hour on two cores that have nothing
# else to do and 8 GB of memory; --size tiny is a try of a minute; --longest 16384 and --batches 1 take less, --trials 5 more.
# FLASHVIDEO_BUILD_DIR (default build/), FLASHVIDEO_JOBS (default all cores), FLASHVIDEO_MATRIX_RATE (FLOP/s that a peer showed).
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath -m "${FLASHVIDEO_BUILD_DIR:-$source/build}")
cd "$source"
read -r load _ </proc/loadavg # before our own build adds to it
[[ -f $build/CMakeCache.txt ]] || cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Release >&2
cmake --build "$build" --target figure6 -j "${FLASHVIDEO_JOBS:-$(nproc)}" >&2
mkdir -p "$build/benchmarks/results"

# What the page says of the machine; no comma, equals sign, bar or quote may stand in a value.
clean() { tr ',=|"' '    ' | tr -s ' ' | sed 's/ $//'; }
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
type=$(sed -n 's/^CMAKE_BUILD_TYPE:[A-Z]*=//p' "$build/CMakeCache.txt")
changes=
[[ -z $(git status --porcelain 2>/dev/null) ]] || changes=" with changes"
quick=no
[[ " $* " != *" tiny "* ]] || quick=yes
export FLASHVIDEO_BENCHMARK_CONTEXT
FLASHVIDEO_BENCHMARK_CONTEXT=$(
  printf 'machine=%s' "$({ sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1; echo "- $(nproc) cores"; } | tr '\n' ' ' | clean)"
  printf ',compiler=%s' "$({ "$compiler" --version | head -1; echo "- $type"; } | tr '\n' ' ' | clean)"
  printf ',date=%s,commit=%s' "$(date -u +%FT%TZ)" "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)$changes"
  printf ',command=%s,load=%s,quick=%s' "$(clean <<<"benchmarks/figure6.sh${*:+ $*}" | tr -d '\n')" "$load" "$quick"
)
"$build/benchmarks/figure6" --json "$build/benchmarks/results/figure6.json" "$@"
echo "figure6: $SECONDS s, $build/benchmarks/results/figure6.json"
