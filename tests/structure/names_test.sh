#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# names_test.sh HEADER_NAMES SAMPLE MACROS: of the sample's names exactly those that begin with hidden_, and the words of
# the lines that say so, are refused, and the run fails.
set -uo pipefail
output=$("$1" "$2" "$3")
status=$?
printf '%s\n' "$output"
expected=$(grep -rhoE '\bhidden_[a-z]+' "$2" | sort -u)
found=$(sed -nE 's/.*::([a-z_]+) \(.*\) hides .*/\1/p' <<<"$output" | sort)
diff <(echo "$expected") <(echo "$found") || exit 1
expected=$(sed -nE 's/.*refused as a macro: ([A-Za-z]+)$/\1/p' -r "$2"/flashvideo/*/*.hpp | sort)
found=$(sed -nE "s/.*: '(.*)' is a macro in headers of others.*/\1/p" <<<"$output" | sort)
diff <(echo "$expected") <(echo "$found") || exit 1
[[ $status -eq 1 && -n $found ]]
