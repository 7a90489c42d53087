#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# figure6.sh [SIZE [LONGEST [PREFILL [THREADS [TRIALS]]]]]: builds and runs figure6 (benchmarks/baselines/figure6.cpp),
# which prints seconds per frame against length for the systems of the paper's Figure 6. SIZE: matched or tiny.
# The build folder is build/, or what FLASHVIDEO_BUILD_DIR names.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${FLASHVIDEO_BUILD_DIR:-build}
[[ -f $build/CMakeCache.txt ]] || cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Release >&2
cmake --build "$build" --target figure6 >&2
echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg)"
echo "compiler: $(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt"), date: $(date -u +%F), command: figure6 $*"
exec "$build/benchmarks/figure6" "$@"
