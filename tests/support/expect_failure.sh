#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# expect_failure.sh SENTENCE COMMAND...: passes if the command fails and its output holds the sentence.
sentence=$1
shift
if output=$("$@" 2>&1); then
  printf '%s\nexpected a failure with: %s\n' "$output" "$sentence"
  exit 1
fi
if [[ "$(tr -s '[:space:]' ' ' <<<"$output")" != *"$sentence"* ]]; then
  printf '%s\nfailed, but without the sentence: %s\n' "$output" "$sentence"
  exit 1
fi
echo "failed as expected: $sentence"
