#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# benchmarks/run.sh [--quick] [PROGRAM...]: installs what is missing, builds and runs every benchmark (or those named, such as
# bench_retention or compile_time), and writes build/benchmarks/results/<suite>.json; benchmarks/report.sh makes pages of them.
# --quick: few turns, without the largest sizes, the matched model and compile_time, to see that everything works.
# The exit status is 0 only when every result was right. FLASHVIDEO_BUILD_DIR (default build/), FLASHVIDEO_JOBS (default all cores),
# FLASHVIDEO_MODEL (default the bundled model).
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath -m "${FLASHVIDEO_BUILD_DIR:-$source/build}")
results=$build/benchmarks/results
command="benchmarks/run.sh${*:+ $*}"
quick=no
programs=()
for argument in "$@"; do
  case $argument in
    --quick) quick=yes ;;
    bench_* | compile_time) programs+=("$argument") ;;
    *)
      echo "use: benchmarks/run.sh [--quick] [PROGRAM...]" >&2
      exit 2
      ;;
  esac
done
cd "$source"
if [[ ${#programs[@]} -eq 0 ]]; then
  for file in benchmarks/*/bench_*.cpp; do programs+=("$(basename "$file" .cpp)"); done
  [[ $quick == yes ]] || programs+=(compile_time)
fi

read -r load _ </proc/loadavg # before our own build adds to it
cmake/install-dependencies.sh --for all
mkdir -p "$results"
if [[ ! -f $build/CMakeCache.txt ]]; then
  cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >"$build/configure.log" || { cat "$build/configure.log"; exit 1; }
fi
built=()
for program in "${programs[@]}"; do [[ $program == compile_time ]] || built+=("$program"); done
[[ ${#built[@]} -eq 0 ]] || ninja -C "$build" -j "${FLASHVIDEO_JOBS:-$(nproc)}" "${built[@]}"

# What the pages say of the machine; no comma, equals sign, bar or quote may stand in a value.
clean() { tr ',=|"' '    ' | tr -s ' ' | sed 's/ $//'; }
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
type=$(sed -n 's/^CMAKE_BUILD_TYPE:[A-Z]*=//p' "$build/CMakeCache.txt")
changes=
[[ -z $(git status --porcelain 2>/dev/null) ]] || changes=" with changes"
export FLASHVIDEO_BENCHMARK_CONTEXT
FLASHVIDEO_BENCHMARK_CONTEXT=$(
  printf 'machine=%s' "$({ sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1; echo "- $(nproc) cores"; } | tr '\n' ' ' | clean)"
  printf ',compiler=%s' "$({ "$compiler" --version | head -1; echo "- $type"; } | tr '\n' ' ' | clean)"
  printf ',commit=%s' "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)$changes"
  printf ',command=%s,load=%s,quick=%s' "$(clean <<<"$command" | tr -d '\n')" "$load" "$quick"
)

options=(--benchmark_min_time=0.25)
if [[ $quick == yes ]]; then
  options=(--benchmark_min_time=0.01 "--benchmark_filter=-d768|N:(8192|16384|65536)|gemm/eigen|frames:(33|65)|8192x1024")
fi
wrong=0
for program in "${programs[@]}"; do
  suite=${program#bench_}
  begun=$SECONDS
  if [[ $program == compile_time ]]; then
    benchmarks/compile_time/measure.sh "$build" "$results/$suite.json" || wrong=1
  else
    context=$FLASHVIDEO_BENCHMARK_CONTEXT,source=$(echo benchmarks/*/"$program.cpp")
    "$build/benchmarks/$program" "${options[@]}" --benchmark_context="$context" --benchmark_out_format=json \
      --benchmark_out="$results/$suite.json" >"$results/$suite.txt" 2>&1 || { cat "$results/$suite.txt"; wrong=1; }
    grep -q '"run_type"' "$results/$suite.json" || { echo "$program: no benchmark ran"; wrong=1; }
    # A form that the machine does not have is no fault; every other message is.
    if grep '"error_message"' "$results/$suite.json" | grep -v 'does not have the form'; then wrong=1; fi
  fi
  echo "$program: $((SECONDS - begun)) s, $results/$suite.json"
done
echo "benchmarks: $SECONDS s"
exit $wrong
