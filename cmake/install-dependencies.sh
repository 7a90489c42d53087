#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what flashvideo needs, through the system's package manager.
#   cmake/install-dependencies.sh [--for quickstart|tests|all] [--dry-run]
# quickstart  what examples/quickstart.sh builds (the default)
# tests       everything that tests/run.sh builds, and a compiler cache
# all         tests and benchmarks (with gnuplot for their pages)
# Nothing is installed, no network is used and no sudo is asked for when everything is there.
set -euo pipefail

purpose=quickstart
dry_run=
while [[ $# -gt 0 ]]; do
  case $1 in
    --for)
      purpose=${2:-}
      shift 2 || shift
      ;;
    --dry-run)
      dry_run=1
      shift
      ;;
    -h | --help)
      sed -n '3,8s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *)
      echo "install-dependencies.sh: unknown argument $1" >&2
      exit 2
      ;;
  esac
done
case $purpose in
  quickstart | tests | all) ;;
  *)
    echo "install-dependencies.sh: --for takes quickstart, tests or all" >&2
    exit 2
    ;;
esac

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "install-dependencies.sh: run this as root, there is no sudo here:" >&2
    echo "  $*" >&2
    exit 1
  fi
}

# Each entry is one need; alternatives are separated by '|', the first is preferred.
debian_needs() {
  echo "g++" cmake ninja-build git "pkg-config|pkgconf" libeigen3-dev libfmt-dev libutf8proc-dev libcli11-dev \
    libavformat-dev libavcodec-dev libavutil-dev libswscale-dev zlib1g-dev
  if [[ $purpose != quickstart ]]; then
    echo catch2 libsentencepiece-dev libzip-dev libopenblas-dev "clang-14|clang" "libomp-14-dev|libomp-dev" "clang-format-14|clang-format" doxygen ccache
    [[ -e /usr/local/cuda/include/cccl/thrust/version.h ]] || echo libthrust-dev
  fi
  if [[ $purpose == all ]]; then echo libbenchmark-dev "gnuplot-nox|gnuplot-qt|gnuplot-x11"; fi
}

debian_has() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

install_debian() {
  local need alternative present missing=() packages=()
  for need in $(debian_needs); do
    present=
    for alternative in ${need//|/ }; do
      if debian_has "$alternative"; then present=1; fi
    done
    [[ -n $present ]] || missing+=("$need")
  done
  if [[ ${#missing[@]} -eq 0 ]]; then
    echo "flashvideo: every package for the $purpose is there"
    return
  fi
  echo "flashvideo: installing ${missing[*]}"
  [[ -z $dry_run ]] || return 0
  as_root apt-get update -qq
  for need in "${missing[@]}"; do
    for alternative in ${need//|/ }; do
      if apt-cache show "$alternative" >/dev/null 2>&1; then break; fi
    done
    packages+=("$alternative")
  done
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
}

# install_with QUERY INSTALL PACKAGE...: the same for a manager whose query names one package.
install_with() {
  local query=$1 install=$2 package missing=()
  shift 2
  for package in "$@"; do $query "$package" >/dev/null 2>&1 || missing+=("$package"); done
  if [[ ${#missing[@]} -eq 0 ]]; then
    echo "flashvideo: every package for the $purpose is there"
  elif [[ -n $dry_run ]]; then
    echo "flashvideo: installing ${missing[*]}"
  else
    $install "${missing[@]}"
  fi
}

# more TESTS... -- ALL...: the packages beyond the quickstart's, by purpose.
more() {
  local package wanted=tests
  for package in "$@"; do
    if [[ $package == -- ]]; then
      wanted=all
    elif [[ $purpose == all || ($purpose == tests && $wanted == tests) ]]; then
      echo "$package"
    fi
  done
}

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
  install_debian
elif command -v dnf >/dev/null; then
  install_with "rpm -q" "as_root dnf install -y" gcc-c++ cmake ninja-build git pkgconf-pkg-config eigen3-devel fmt-devel utf8proc-devel \
    cli11-devel ffmpeg-free-devel zlib-devel $(more catch-devel sentencepiece-devel libzip-devel openblas-devel clang libomp-devel doxygen ccache -- google-benchmark-devel gnuplot)
elif command -v pacman >/dev/null; then
  install_with "pacman -Q" "as_root pacman -S --needed --noconfirm" gcc cmake ninja git pkgconf eigen fmt libutf8proc cli11 ffmpeg zlib \
    $(more catch2 sentencepiece libzip openblas clang openmp doxygen ccache -- benchmark gnuplot)
elif command -v brew >/dev/null; then
  install_with "brew list" "brew install" cmake ninja pkg-config eigen fmt utf8proc cli11 ffmpeg zlib \
    $(more catch2 sentencepiece libzip openblas libomp doxygen ccache -- google-benchmark gnuplot)
else
  cat >&2 <<'LIST'
install-dependencies.sh: this system's package manager is not known. flashvideo needs
  to build      a C++20 compiler (g++ 12, clang 14 or newer), CMake 3.22, Ninja, git, pkg-config
  core          Eigen 3.4, fmt 9, utf8proc 2
  examples      CLI11 2.1; FFmpeg's libavformat, libavcodec, libavutil, libswscale; zlib
  tests         Catch2, SentencePiece, OpenBLAS, Thrust (CUDA Toolkit or libthrust-dev), clang 14, Doxygen
  benchmarks    Google Benchmark; gnuplot for the pages' plots
LIST
  exit 1
fi
