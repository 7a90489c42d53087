#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# must_fail.sh SOURCE COMMAND...: passes if the command fails and says every `// EXPECT: sentence` of the source.
source=$1
shift
mapfile -t sentences < <(sed -n 's|^// EXPECT: *||p' "$source")
if [[ ${#sentences[@]} -eq 0 ]]; then
  echo "$source: has no line '// EXPECT: sentence'"
  exit 1
fi
for sentence in "${sentences[@]}"; do
  "$(dirname "$0")/../support/expect_failure.sh" "$sentence" "$@" || exit 1
done
