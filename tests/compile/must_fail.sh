#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# must_fail.sh SOURCE COMMAND...: passes if the command fails and says every `// EXPECT: sentence` of the source; with a
# line `// ERRORS: N`, if it says so in N errors.
source=$1
shift
mapfile -t sentences < <(sed -n 's|^// EXPECT: *||p' "$source")
if [[ ${#sentences[@]} -eq 0 ]]; then
  echo "$source: has no line '// EXPECT: sentence'"
  exit 1
fi
output=$(mktemp)
trap 'rm -f "$output"' EXIT
LC_ALL=C "$@" >"$output" 2>&1
status=$?
for sentence in "${sentences[@]}"; do
  "$(dirname "$0")/../support/expect_failure.sh" "$sentence" bash -c 'cat "$1"; exit "$2"' replay "$output" "$status" || exit 1
done
errors=$(sed -n 's|^// ERRORS: *||p' "$source")
found=$(grep -c ' error: ' "$output")
if [[ -n $errors && $found -ne $errors ]]; then
  cat "$output"
  echo "$source: $found errors, expected $errors"
  exit 1
fi
