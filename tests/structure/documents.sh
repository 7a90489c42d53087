#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# documents.sh [ROOT]: what the documents point at is there: every file that a link names, every header and test of
# docs/equations.md, and README's program, which is examples/embed/main.cpp.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
faults=0
fault() {
  echo "$1"
  faults=1
}
mapfile -t documents < <(find . -name '*.md' -not -path './build*' -not -path './.git/*' | sort)
links=0
for document in "${documents[@]}"; do
  while IFS= read -r target; do
    links=$((links + 1))
    [[ -e $(dirname "$document")/$target ]] || fault "$document: links to $target, which is not there"
  done < <(sed '/^```/,/^```/d' "$document" | grep -oE '\]\([^)]+\)' | sed -e 's/^](//' -e 's/)$//' -e 's/#.*//' | grep -vE '^([a-z]+:|$)')
done

# a row: | equation | files | tests |; a test's file is named before its names, or in a row above
file= names=0
while IFS= read -r row; do
  while IFS= read -r header; do
    [[ -e include/flashvideo/$header ]] || fault "docs/equations.md: names include/flashvideo/$header, which is not there"
  done < <(cut -d'|' -f3 <<<"$row" | grep -oE '`[a-z0-9_/]+\.(hpp|cuh)`' | tr -d '`')
  while IFS= read -r word; do
    if [[ $word == '`'* ]]; then
      file=tests/${word//\`/}
      [[ -e $file ]] || fault "docs/equations.md: names $file, which is not there"
    else
      names=$((names + 1))
      tr -d '\n' <"$file" | sed 's/" *"//g' | grep -qF "$word" || fault "docs/equations.md: $file has no test $word"
    fi
  done < <(cut -d'|' -f4 <<<"$row" | grep -oE '`[a-z0-9_/]+\.(cpp|hpp)`|"[^"]+"')
done < <(grep '^|' docs/equations.md)

program=$(awk '/^```cpp/ { inside = 1; next } /^```/ { inside = 0 } inside' README.md)
[[ $program == "$(tail -n +2 examples/embed/main.cpp)" ]] || fault "README.md: its program is not examples/embed/main.cpp"
[[ $links -gt 100 && $names -gt 50 ]] || fault "documents.sh: found $links links and $names names of tests, which are too few"
echo "${#documents[@]} documents, $links links, $names names of tests"
exit $faults
