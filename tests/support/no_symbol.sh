#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# no_symbol.sh PATTERN OBJECT...: passes if no object file defines a symbol whose demangled name matches the pattern.
set -euo pipefail
pattern=$1
shift
[[ $# -gt 0 ]]
for object in "$@"; do
  if found=$(nm -C --defined-only "$object" | grep -E -- "$pattern"); then
    printf '%s defines %s\n' "$object" "${found%%$'\n'*}"
    exit 1
  fi
done
