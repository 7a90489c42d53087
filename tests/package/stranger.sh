#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# stranger.sh CASE SOURCE WORK COMPILER: builds and runs the project stranger/ against flashvideo.
#   install[-Component]       cmake --install into a fresh prefix, then find_package
#   subdirectory[-Component]  add_subdirectory
#   fetch                     FetchContent from a local directory
#   own-fmt-subdirectory, own-fmt-fetch, own-fmt-install   fmt is a part of the stranger's project, no package of it there
#   own-tokenizers            a bundle of tokenizers that are the stranger's is written, read and makes a video
#   newer-eigen               Eigen's package says 5.0.1
#   unknown-component, missing-component, wrong-version, older-eigen: must fail with a sentence
set -euo pipefail
case_name=$1 source=$2 work=$3/$1 compiler=$4
here=$(cd "$(dirname "$0")" && pwd)
expect_failure=$here/../support/expect_failure.sh
way=${case_name%%-*} component=
[[ $case_name =~ ^(install|subdirectory)-([A-Z].*) ]] && component=${BASH_REMATCH[2]}
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
    -DFLASHVIDEO_BUILD_EXAMPLES=OFF -DFLASHVIDEO_BUILD_BENCHMARKS=OFF "$@" >"$work/library.log"
  cmake --install "$work/library" --prefix "$work/prefix" >>"$work/library.log"
}

# What the core must not look for.
without_components=(-DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON -DCMAKE_DISABLE_FIND_PACKAGE_OpenMP=ON
  -DCMAKE_DISABLE_FIND_PACKAGE_CUDAToolkit=ON)

# own_fmt: a fmt that is the stranger's, as its sources are: a target of the project, in no export set.
own_fmt() {
  mkdir -p "$work/fmt/include"
  cp -r "$(dirname "$(echo '#include <fmt/core.h>' | "$compiler" -x c++ -M - | tr -s ' \\' '\n' | grep 'fmt/core.h$')")" "$work/fmt/include/"
  cat >"$work/fmt/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.22)
project(fmt CXX)
add_library(fmt INTERFACE)
add_library(fmt::fmt ALIAS fmt)
target_include_directories(fmt INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/include)
CMAKE
  own=(-DFMT_SOURCE="$work/fmt" -DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON)
}

# eigen_package VERSION: Eigen as it is installed, but its package has that version.
eigen_package() {
  mkdir -p "$work/eigen"
  cat >"$work/eigen/Eigen3Config.cmake" <<'CMAKE'
find_path(EIGEN_HEADERS signature_of_eigen3_matrix_library PATH_SUFFIXES eigen3 REQUIRED)
add_library(Eigen3::Eigen INTERFACE IMPORTED)
target_include_directories(Eigen3::Eigen INTERFACE ${EIGEN_HEADERS})
CMAKE
  cat >"$work/write.cmake" <<'CMAKE'
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${FILE} VERSION ${VERSION} COMPATIBILITY SameMajorVersion ARCH_INDEPENDENT)
CMAKE
  cmake -DFILE="$work/eigen/Eigen3ConfigVersion.cmake" -DVERSION="$1" -P "$work/write.cmake"
  own=(-DEigen3_DIR="$work/eigen")
}

# A parent's install is the parent's alone.
install_leaves_us_out() {
  cmake --install "$work/build" --prefix "$work/parent" >"$work/parent.log"
  [[ -x $work/parent/bin/stranger ]]
  if find "$work/parent" | grep flashvideo; then
    echo "the files above are flashvideo's, and the stranger's project installed them"
    exit 1
  fi
}

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
  own-tokenizers)
    install_to_prefix
    configure -DWAY=install -DCMAKE_PREFIX_PATH="$work/prefix" "${without_components[@]}"
    cmake --build "$work/build" --target own_tokenizers
    (cd "$work" && "$work/build/own_tokenizers")
    ;;
  older-eigen)
    install_to_prefix
    eigen_package 3.2.9
    "$expect_failure" "flashvideo needs Eigen 3.3 or newer, and $work/eigen is 3.2.9" \
      bash -c 'configure "$@"' configure -DWAY=install -DCMAKE_PREFIX_PATH="$work/prefix" "${own[@]}"
    "$expect_failure" "flashvideo needs Eigen 3.3 or newer, and $work/eigen is 3.2.9" \
      bash -c 'configure "$@"' configure -DWAY=subdirectory -DFLASHVIDEO_SOURCE="$source" "${own[@]}"
    ;;
  newer-eigen)
    eigen_package 5.0.1
    install_to_prefix "${own[@]}"
    configure -DWAY=install -DCMAKE_PREFIX_PATH="$work/prefix" "${own[@]}"
    grep -q "^Eigen3_DIR:.*=$work/eigen$" "$work/build/CMakeCache.txt"
    build_and_run
    ;;
  own-fmt-subdirectory | own-fmt-fetch)
    own_fmt
    configure -DWAY="${case_name#own-fmt-}" -DFLASHVIDEO_SOURCE="$source" "${own[@]}" "${without_components[@]}"
    build_and_run
    install_leaves_us_out
    ;;
  own-fmt-install) # the project that asks for our install rules gets them, and the installed package takes its user's fmt
    own_fmt
    configure -DWAY=subdirectory -DFLASHVIDEO_SOURCE="$source" -DFLASHVIDEO_INSTALL=ON "${own[@]}" "${without_components[@]}"
    cmake --build "$work/build"
    cmake --install "$work/build" --prefix "$work/prefix" >"$work/parent.log"
    rm -rf "$work/build"
    configure -DWAY=install -DCMAKE_PREFIX_PATH="$work/prefix" "${own[@]}" "${without_components[@]}"
    build_and_run
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
    install_leaves_us_out
    ;;
  *)
    echo "stranger.sh: unknown case $case_name"
    exit 2
    ;;
esac
