#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# cases_test.sh COMPARE_CASES: right lists pass, and every wrong one fails with its sentence.
set -euo pipefail
compare=$1
expect_failure=$(dirname "$0")/../support/expect_failure.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
program() { # program NAME CASE...: a test program that lists these
  local name=$1
  shift
  printf '#!/bin/sh\ncat <<"LIST"\n%s\nLIST\nexit 1\n' "$(printf '%s\n' "$@")" >"$work/$name"
  chmod +x "$work/$name"
}
programs() { printf "$work/%s\n" "$@" >"$work/programs"; }
passes() { "$compare" "$work/programs" "$@" | grep -x "$sentence"; }
fails() { # fails SENTENCE [RAN]
  local sentence=$1
  shift
  "$expect_failure" "$sentence" "$compare" "$work/programs" "$@"
}
ran() { printf '%s\n' "$@" >"$work/ran"; }

program one "Linear: a law" "Linear: another, with (all) <that> is {allowed} - float"
program two "Adam: a law"
programs one two
sentence="3 cases listed" passes
ran "two: Adam: a law" "one: Linear: a law" "one: Linear: another, with (all) <that> is {allowed} - float"
sentence="3 cases listed by the programs, 3 ran" passes "$work/ran"
ran "one: Linear: a law"
fails "did not run: two: Adam: a law" "$work/ran"
fails "3 cases listed by the programs, 1 ran" "$work/ran"
fails "3 cases listed by the programs, 0 ran" "$work/none"
ran "two: Adam: a law" "one: Linear: a law" "one: Linear: a law" "one: Linear: another, with (all) <that> is {allowed} - float"
fails "ran, but once too often or unlisted: one: Linear: a law" "$work/ran"
programs one three
fails "three is not built"
: >"$work/programs"
fails "names no program with test cases"
printf '#!/bin/sh\n' >"$work/empty" && chmod +x "$work/empty"
programs empty
fails "empty lists no test case"
for name in "below(n) is in [0, n)" "a law; another" 'a "word"' 'a \ stroke' "half *" "a ]"; do
  program wrong "$name"
  programs wrong
  fails "wrong: the case '$name' has a character that CTest or Catch2 does not take"
done
for name in "~a law" "*a" "#a" "-h" " a" "[tag]"; do
  program wrong "$name"
  programs wrong
  fails "wrong: the case '$name' does not begin with a letter or a digit"
done
program wrong "$(printf 'x%.0s' {1..161})"
programs wrong
fails "has 161 characters, at most 160 are allowed"
program wrong "GLU: a law" "Glu: a law"
programs wrong
fails "wrong: Catch2 takes two cases for one, 'glu: a law'"
