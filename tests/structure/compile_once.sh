#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# compile_once.sh STAMP COMMAND...: runs the compiler unless it already passed on these very files (the compiler's list of
# dependencies tells), so that a re-run without a change costs nothing.
stamp=$1
shift
mkdir -p "$(dirname "$stamp")"
if [[ -f $stamp && "$(<"$stamp")" == "$*" ]]; then
  mapfile -t files < <(sed -e 's/^[^:]*: *//' -e 's/\\$//' "$stamp.d" | tr -s ' ' '\n' | sed '/^$/d')
  newer=$(find "${files[@]}" -newer "$stamp" -print -quit 2>&1)
  [[ -z $newer ]] && exit 0
fi
rm -f "$stamp"
touch "$stamp.begun"
"$@" -MD -MF "$stamp.d" -MT header || exit 1
printf '%s' "$*" >"$stamp"
touch -r "$stamp.begun" "$stamp"  # an edit during the compile counts as newer
