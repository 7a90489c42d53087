#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/mutate.sh --check: only whether every fault still applies, without building anything.
# tests/mutate.sh [PATTERN]: applies the faults listed in tests/mutations/*.mutation (those whose name or file matches the
# extended regular expression) one at a time to a copy of the tree, rebuilds only the tests named, and prints which test
# kills each.
# A survivor, a fault that does not apply or does not compile, and a test that fails without a fault, fail the run.
# Of a test's room only the files that can kill are built: those whose test cases the filter names; without a filter the
# file named as the mutated header, or the whole room.
# The format of a fault stands at the top of tests/mutations/core.mutation.
set -uo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
check=no
if [[ ${1:-} == --check ]]; then check=yes && shift; fi
pattern=${1:-.}
work=${FLASHVIDEO_MUTATE_DIR:-${TMPDIR:-/tmp}/flashvideo-mutate-$(id -u)}
jobs=${FLASHVIDEO_JOBS:-$(nproc)}
tree=$work/tree build=$work/build

# Reads the tables into parallel arrays; one fault may list several tests, tried in order.
names=() files=() froms=() tos=() tests=()
read_table() {
  local line key value name= file= from= to= test=
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ $line == '#'* ]]; then continue; fi
    if [[ -z $line ]]; then
      if [[ -n $name && ($name =~ $pattern || $file =~ $pattern) ]]; then
        names+=("$name") files+=("$file") froms+=("$from") tos+=("$to") tests+=("$test")
      fi
      name= file= from= to= test=
      continue
    fi
    key=${line%%:*} value=${line#*: }
    [[ $line == *': '* ]] || value=
    case $key in
      fault) name=$value ;;
      file) file=$value ;;
      from) from=$value ;;
      to) to=$value ;;
      test) test+=$value$'\n' ;;
      *)
        echo "$1: unknown key in line: $line" >&2
        exit 2
        ;;
    esac
  done < <(cat "$1" && echo)
}
for table in "$source"/tests/mutations/*.mutation; do read_table "$table"; done
if [[ ${#names[@]} -eq 0 ]]; then
  echo "mutate.sh: no fault matches '$pattern'" >&2
  exit 2
fi

# replace_once FILE FROM TO: fixed strings; fails unless FROM stands exactly once in the file.
replace_once() {
  FROM=$2 TO=$3 awk '
    BEGIN { from = ENVIRON["FROM"]; to = ENVIRON["TO"] }
    {
      at = index($0, from)
      if (at && index(substr($0, at + length(from)), from)) count += 2
      if (at) { ++count; $0 = substr($0, 1, at - 1) to substr($0, at + length(from)) }
      print
    }
    END { exit count != 1 }' "$1" >"$work/mutant"
}

# sources_of EXECUTABLE: the folder or file that holds its tests.
sources_of() {
  case $1 in
    unit_*) echo "$source/tests/unit/${1#unit_}" ;;
    property_tests) echo "$source/tests/property" ;;
    golden_*) echo "$source/tests/golden/$1.cpp" ;;
  esac
}

# files_naming "executable filter": its files with a test case of that name, their own or of a header in tests/kernels.
files_naming() {
  local sources begin=${1#* } header
  sources=$(sources_of "${1%% *}")
  begin="(\"${begin%\*}"
  {
    grep -rlF --include='*.cpp' "$begin" "$sources"
    for header in $(grep -rlF "$begin" "$source/tests/kernels"); do
      grep -rlF --include='*.cpp' "\"kernels/$(basename "$header")\"" "$sources"
    done
  } | sort -u
}

# Prints the first line of tests ($1) that names no test case.
nameless_test() {
  local line
  while IFS= read -r line; do
    if [[ ! -e $(sources_of "${line%% *}") ]] || [[ $line == *' '* && -z $(files_naming "$line") ]]; then
      echo "$line"
      return
    fi
  done < <(printf '%s' "$1")
}

# Prints what keeps fault $1 from applying, if anything does; otherwise $work/mutant is the changed file.
obstacle() {
  if [[ ! -f $2/${files[$1]} ]]; then
    echo "no such file"
  elif ! replace_once "$2/${files[$1]}" "${froms[$1]}" "${tos[$1]}"; then
    echo "'from' does not stand exactly once in the file"
  fi
}

if [[ $check == yes ]]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  wrong=0
  for i in "${!names[@]}"; do
    reason=$(obstacle "$i" "$source")
    if [[ -z $reason ]]; then
      test=$(nameless_test "${tests[i]}")
      [[ -z $test ]] || reason="'test: $test' names no test case"
    fi
    [[ -n $reason ]] || continue
    echo "${names[i]} (${files[i]}): $reason"
    wrong=$((wrong + 1))
  done
  echo "${#names[@]} faults, $wrong of them do not apply"
  [[ $wrong -eq 0 ]]
  exit
fi

# executables_of "executable filter..." HEADER: the executables that hold those tests, one for each file of tests.
executables_of() {
  local executable=${1%% *} folder file found=()
  folder=$(sources_of "$executable")
  if [[ ! -d $folder ]]; then
    echo "$executable"
    return
  fi
  if [[ $1 == *' '* ]]; then
    while IFS= read -r file; do
      found+=("$executable.$(basename "$file" .cpp)")
    done < <(files_naming "$1")
  else
    for file in "$folder"/*"$(basename "$2" .hpp)"_test.cpp; do
      [[ -f $file ]] && found+=("$executable.$(basename "$file" .cpp)")
    done
  fi
  [[ ${#found[@]} -gt 0 ]] || found=("$executable")
  printf '%s\n' "${found[@]}"
}

# run_test "executable filter...": the first failing test case's name in `killer`; status 1 if any fails.
run_test() {
  local executable=${1%% *} filter=() path status
  [[ $1 == *' '* ]] && filter=("${1#* }")
  path=$(find "$build/tests" -name "$executable" -type f -perm -u+x | head -1)
  if [[ -z $path ]]; then
    killer="no such test executable"
    return 2
  fi
  timeout 300 "$path" ${filter[@]+"${filter[@]}"} -r xml >"$work/output.xml" 2>"$work/output.log"
  status=$?
  if [[ ${#filter[@]} -gt 0 ]] && ! grep -q '<TestCase ' "$work/output.xml"; then
    killer="the filter ${filter[*]} matches no test"
    return 2
  fi
  [[ $status -ne 0 ]] || return 0
  killer=$(awk '/<TestCase /{ sub(/.*<TestCase name="/, ""); sub(/".*/, ""); name = $0 } /<OverallResult success="false"/{ print name; exit }' \
    "$work/output.xml" | sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g')
  if [[ -z $killer ]]; then
    killer=$(sed -n 's/.*<TestCase name="\([^"]*\)".*/\1/p' "$work/output.xml" | tail -1)
    [[ $status -eq 124 ]] && killer+=" (did not end)" || killer+=" (ended with status $status)"
  fi
  return 1
}

mkdir -p "$work"
rm -rf "$tree"
mkdir -p "$tree"
(cd "$source" && tar -cf - --exclude=./.git --exclude='./build*' .) | tar -xmf - -C "$tree"  # -m: newer than what the last run left built
if ! cmake -S "$tree" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DFLASHVIDEO_BUILD_EXAMPLES=OFF -DFLASHVIDEO_BUILD_BENCHMARKS=OFF -DFLASHVIDEO_CUDA_TESTS=OFF \
  -DFLASHVIDEO_WARNINGS_AS_ERRORS=OFF -DFLASHVIDEO_TESTS_PER_FILE=ON >"$work/configure.log" 2>&1; then
  cat "$work/configure.log"
  exit 1
fi

# Each fault's tests as "executable filter...", one file's executable at a time.
resolved=()
for i in "${!names[@]}"; do
  lines=
  while IFS= read -r test; do
    [[ -n $test ]] || continue
    while IFS= read -r executable; do
      lines+=$executable
      [[ $test == *' '* ]] && lines+=" ${test#* }"
      lines+=$'\n'
    done < <(executables_of "$test" "${files[i]}")
  done <<<"${tests[i]}"
  resolved+=("$lines")
done

# Without a fault every test named must pass, or it would "kill" anything.
faults=0
all_tests=$(printf '%s' "${resolved[@]}" | sort -u)
targets=$(cut -d' ' -f1 <<<"$all_tests" | sort -u)
if ! ninja -C "$build" -j "$jobs" $targets >"$work/build.log" 2>&1; then
  tail -40 "$work/build.log"
  echo "mutate.sh: the tests do not build without a fault"
  exit 1
fi
while IFS= read -r test; do
  if ! run_test "$test"; then
    echo "WITHOUT A FAULT: $test fails: $killer"
    faults=$((faults + 1))
  fi
done <<<"$all_tests"
[[ $faults -eq 0 ]] || exit 1

killed=0
printf '%-52s %-44s %s\n' "fault" "file" "killed by"
for i in "${!names[@]}"; do
  original=$tree/${files[i]}
  verdict=$(obstacle "$i" "$tree")
  if [[ -n $verdict ]]; then
    verdict="DOES NOT APPLY: $verdict"
  else
    cp "$original" "$work/original"
    cp "$work/mutant" "$original"
    mapfile -t fault_tests < <(printf '%s' "${resolved[i]}")
    for test in "${fault_tests[@]}"; do
      if ! ninja -C "$build" -j "$jobs" "${test%% *}" >"$work/build.log" 2>&1; then
        verdict="DOES NOT COMPILE: $(grep -m1 -E ' (fatal )?error: |undefined reference' "$work/build.log")"
        break
      fi
      if ! run_test "$test"; then
        verdict="${test%% *}: $killer"
        break
      fi
    done
    cp "$work/original" "$original"
  fi
  case $verdict in
    "") verdict="SURVIVES" ;;
    DOES\ NOT*) ;;
    *) killed=$((killed + 1)) ;;
  esac
  printf '%-52s %-44s %s\n' "${names[i]}" "${files[i]#include/flashvideo/}" "$verdict"
done
printf '%d faults, %d killed, %d not\n' "${#names[@]}" "$killed" $((${#names[@]} - killed))
[[ $killed -eq ${#names[@]} ]]
