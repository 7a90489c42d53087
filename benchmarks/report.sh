#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# benchmarks/report.sh [PAGES]: turns build/benchmarks/results/*.json, which benchmarks/run.sh wrote, into a page with its plots
# for each suite, in PAGES (default docs/benchmarks). FLASHVIDEO_BUILD_DIR (default build/).
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath -m "${FLASHVIDEO_BUILD_DIR:-$source/build}")
pages=$(realpath -m "${1:-$source/docs/benchmarks}")
plots=$build/benchmarks/plots
shopt -s nullglob
results=("$build"/benchmarks/results/*.json)
if [[ ${#results[@]} -eq 0 ]]; then
  echo "report.sh: no results in $build/benchmarks/results, run benchmarks/run.sh first" >&2
  exit 1
fi
if ! command -v gnuplot >/dev/null; then
  echo "report.sh: gnuplot is not there: cmake/install-dependencies.sh --for all" >&2
  exit 1
fi
ninja -C "$build" benchmark_report >/dev/null
rm -rf "$plots"
"$build/benchmarks/benchmark_report" "$pages" "$plots" "${results[@]}"
for plot in "$plots"/*.gp; do gnuplot "$plot"; done
