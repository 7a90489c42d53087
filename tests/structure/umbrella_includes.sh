#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# umbrella_includes.sh COMPILER...: the umbrella reaches none of the headers that belong to components or cost too much.
set -euo pipefail
dependencies=$(echo '#include <flashvideo/flashvideo.hpp>' | "$@" -x c++ -M - | tr -s ' \\' '\n')
forbidden='/thrust/|/cub/|/libav(format|codec|util)/|/libswscale/|sentencepiece|/cblas[a-z_-]*\.h$|/omp\.h$|cuda_runtime'
forbidden+='|/c\+\+/[0-9.]+/(iostream|regex|ranges)$|/c\+\+/v1/(iostream|regex|ranges)$|flashvideo/.*\.cuh$'
if found=$(grep -E "$forbidden" <<<"$dependencies"); then
  printf 'flashvideo.hpp reaches forbidden headers:\n%s\n' "$found"
  exit 1
fi
grep -q 'flashvideo/core/config.hpp' <<<"$dependencies"
echo "flashvideo.hpp reaches $(wc -l <<<"$dependencies") headers, none forbidden"
