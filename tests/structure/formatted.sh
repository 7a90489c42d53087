#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# formatted.sh CLANG_FORMAT: names every source that .clang-format would change.
set -euo pipefail
cd "$(dirname "$0")/../.."
mapfile -t files < <(find include tests examples benchmarks -path tests/structure/samples -prune -o \
  \( -name '*.hpp' -o -name '*.cpp' -o -name '*.cuh' -o -name '*.cu' \) -type f -print)
[[ ${#files[@]} -gt 100 ]]
faults=0
for file in "${files[@]}"; do
  if ! "$1" --style=file "$file" | cmp -s - "$file"; then
    echo "$file: clang-format -i would change it"
    faults=1
  fi
done
exit $faults
