#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# documented.sh DOXYGEN DOXYFILE OUTPUT [INPUT...]: makes the reference in OUTPUT (of INPUT, if given, in place of the
# Doxyfile's) and fails with Doxygen's sentences: a public symbol without a comment, a wrong command, a dead reference.
set -euo pipefail
doxygen=$1 doxyfile=$2 output=$3
shift 3
mkdir -p "$output"
rm -f "$output/warnings"
{
  cat "$doxyfile"
  printf 'OUTPUT_DIRECTORY = "%s"\nWARN_LOGFILE = "%s/warnings"\n' "$output" "$output"
  if [[ $# -gt 0 ]]; then printf 'INPUT = %s\nUSE_MDFILE_AS_MAINPAGE =\n' "$*"; fi
} | "$doxygen" -
pages=$(find "$output/html" -name '*.html' | wc -l)
[[ $pages -gt 0 ]] || { echo "documented.sh: doxygen made no page" && exit 1; }
if [[ -s $output/warnings ]]; then
  cat "$output/warnings"
  exit 1
fi
echo "$pages pages, every public symbol has a comment"
