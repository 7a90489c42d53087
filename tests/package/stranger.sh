#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# stranger.sh CASE SOURCE WORK COMPILER: builds and runs the project stranger/ against flashvideo.
#   install[-Component]       cmake --install into a fresh prefix, then find_package
#   subdirectory[-Component]  add_subdirectory
#   fetch                     FetchContent from a local directory
#   unknown-component, missing-component, wrong-version: must fail with a sentence
set -euo pipefail
case_name=$1 source=$2 work=$3/$1 compiler=$4
here=$(cd "$(dirname "$0")" && pwd)
expect_failure=$here/../support/expect_failure.sh
way=${case_name%%-*} component=${case_name#*-}
[[ $component == "$case_name" ]] && component=
rm -rf "$work"
mkdir -p "$work"

configure() {
  cmake -S "$here/stranger" -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
    -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF "$@"
}
export -f configure
export here work compiler

install_to_prefix() {
  cmake -S "$source" -B "$work/library" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DFLASHVIDEO_BUILD_TESTS=OFF \
    -DFLASHVIDEO_BUILD_EXAMPLES=OFF -DFLASHVIDEO_BUILD_BENCHMARKS=OFF >"$work/library.log"
  cmake --install "$work/library" --prefix "$work/prefix" >>"$work/library.log"
}

# What the core must not look for.
without_components=(-DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON -DCMAKE_DISABLE_FIND_PACKAGE_OpenMP=ON
  -DCMAKE_DISABLE_FIND_PACKAGE_CUDAToolkit=ON)

build_and_run() {
  cmake --build "$work/build"
  "$work/build/stranger"
  # No flag of ours reaches the stranger: only what its own CMakeLists.txt asks for.
  local allowed='^(-std=(c|gnu)\+\+20|-I.*|-isystem|-o|-c|-pthread|-D(FMT_SHARED|THRUST_DEVICE_SYSTEM=.*)|/.*|[^-].*)$'
  [[ $component == Thrust ]] && allowed="^-fopenmp(=.*)?\$|$allowed"
  [[ $component == Compiled ]] && allowed="^(-DFLASHVIDEO_COMPILED|-fPIC)\$|$allowed"
  local flags
  flags=$(sed -n 's/^ *"command": "\(.*\)",$/\1/p' "$work/build/compile_commands.json" | tr -s ' ' '\n' | sort -u)
  if grep -vE -- "$allowed" <<<"$flags"; then
    echo "the flags above leak from flashvideo into its user"
    exit 1
  fi
}

case $case_name in
  unknown-component)
    install_to_prefix
    "$expect_failure" "unknown component 'Audio'; the components are Compiled, Blas, Thrust, Cuda, Video, SentencePiece" \
      bash -c 'configure "$@"' configure -DWAY=install -DCOMPONENT=Audio -DCMAKE_PREFIX_PATH="$work/prefix"
    ;;
  missing-component)
    install_to_prefix
    "$expect_failure" "component Video needs pkg-config" \
      bash -c 'configure "$@"' configure -DWAY=install -DCOMPONENT=Video -DCMAKE_PREFIX_PATH="$work/prefix" "${without_components[@]}"
    ;;
  wrong-version)
    install_to_prefix
    "$expect_failure" 'compatible with requested version "99.0"' \
      bash -c 'configure "$@"' configure -DWAY=install -DVERSION=99.0 -DCMAKE_PREFIX_PATH="$work/prefix"
    ;;
  install*)
    install_to_prefix
    [[ -z $component ]] || without_components=()
    configure -DWAY=install -DVERSION=0.1 -DCOMPONENT="$component" -DCMAKE_PREFIX_PATH="$work/prefix" \
      ${without_components[@]+"${without_components[@]}"}
    build_and_run
    ;;
  subdirectory* | fetch)
    [[ -z $component ]] || without_components=()
    configure -DWAY="$way" -DCOMPONENT="$component" -DFLASHVIDEO_SOURCE="$source" \
      ${without_components[@]+"${without_components[@]}"}
    build_and_run
    if [[ -e $work/build/flashvideo/tests || -e $work/build/_deps/flashvideo-build/tests ]]; then
      echo "flashvideo's tests were configured inside a stranger's project"
      exit 1
    fi
    ;;
  *)
    echo "stranger.sh: unknown case $case_name"
    exit 2
    ;;
esac
