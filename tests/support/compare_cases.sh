#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# compare_cases.sh PROGRAMS [RAN [NAME]]: PROGRAMS lists test programs, one path a line (NAME: that one of them alone); RAN is
# what FLASHVIDEO_CASES_RUN named while they ran. Fails if a program is not built or lists no case, if CTest or Catch2
# would not take a case's name as it stands, and, with RAN, unless exactly the cases that are listed ran, each once.
set -uo pipefail
export LC_ALL=C
programs=$1 ran=${2:-} only=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
faults=0
fault() {
  printf '%.200s\n' "$1"
  faults=$((faults + 1))
}

while IFS= read -r program || [[ -n $program ]]; do
  name=$(basename "$program")
  [[ -z $only || $name == "$only" ]] || continue
  if [[ ! -x $program ]]; then
    fault "$name is not built"
    continue
  fi
  "$program" --list-test-names-only >"$work/names" # its status is their number
  [[ -s $work/names ]] || fault "$name lists no test case"
  # What CMake lists and Catch2's filters read as more than a name; a wildcard at an end; a second name for the same.
  while IFS= read -r case; do
    if [[ ! $case =~ ^[A-Za-z0-9] || ${case,,} == exclude:* ]]; then
      fault "$name: the case '$case' does not begin with a letter or a digit"
    elif [[ $case == *[][\;\\\"]* || $case == *[![:print:]]* || $case == *'*' || $case == *' ' ]]; then
      fault "$name: the case '$case' has a character that CTest or Catch2 does not take: [ ] ; \\ \", or * or a space at its end"
    elif [[ ${#case} -gt 160 ]]; then
      fault "$name: a case's name has ${#case} characters, at most 160 are allowed: '$case'"
    fi
  done <"$work/names"
  while IFS= read -r case; do
    fault "$name: Catch2 takes two cases for one, '$case'"
  done < <(tr '[:upper:]' '[:lower:]' <"$work/names" | sort | uniq -d)
  sed "s|^|$name: |" "$work/names" >>"$work/listed"
done <"$programs"
touch "$work/listed"
sort -o "$work/listed" "$work/listed"
[[ -s $work/listed ]] || fault "$programs names no program with test cases"

if [[ -z $ran ]]; then
  printf '%d cases listed\n' "$(wc -l <"$work/listed")"
else
  [[ -f $ran ]] || touch "$ran"
  sort "$ran" >"$work/ran"
  printf '%d cases listed by the programs, %d ran\n' "$(wc -l <"$work/listed")" "$(wc -l <"$work/ran")"
  while IFS= read -r line; do
    case $line in
      '<'*) fault "did not run: ${line#< }" ;;
      '>'*) fault "ran, but once too often or unlisted: ${line#> }" ;;
    esac
  done < <(diff "$work/listed" "$work/ran")
fi
[[ $faults -eq 0 ]]
