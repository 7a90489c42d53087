#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# prompts.sh GENERATE MODEL QUICKSTART WORK: what the command line says of sentences, numbers, threads
# and versions before any work, and of a run that was stopped.
set -euo pipefail
generate=$1 model=$2 quickstart=$3 work=$4
rm -rf "$work"
mkdir -p "$work"
cd "$work"

# says STATUS SENTENCE COMMAND...: the command ends with the status, and stderr has the sentence in one line.
says() {
  local status=$1 sentence=$2 got=0
  shift 2
  "$@" >out.txt 2>err.txt </dev/null || got=$?
  if [[ $got -ne $status ]] || ! grep -qF -- "$sentence" err.txt; then
    printf 'expected status %s and: %s\ngot status %s and:\n' "$status" "$sentence" "$got"
    cut -c1-500 err.txt
    exit 1
  fi
}
make() { "$generate" --model "$model" --frames 1 --output "${output:-one.y4m}" "$@"; }
export -f make
export generate model

# Sentences.
for option in --prompt= "--prompt= --batch 1"; do
  # shellcheck disable=SC2086
  says 2 "--prompt: the sentence is empty" make $option
done
says 2 "--prompt: the sentence has blanks alone" make --prompt "  "
printf 'a red star moves in a circle\r\n\r\n...\nzzz\n' >bad.txt
output=many says 1 'bad.txt: line 3: WordTokenizer::encode: the sentence "..." has no words; bad.txt: line 4: ' make --prompts bad.txt
printf '\n \n' >blank.txt
says 2 "blank.txt has no sentence, only blank lines" make --prompts blank.txt
[[ ! -e one.y4m ]]
says 0 'no caption is "star"' make --prompt star
says 0 'no caption begins with "two red"' make --prompt "two red circles"
says 0 'left out is "and a green cross moves diagonally"' make --prompt \
  "a red star moves in a circle and a blue ring moves up and down and a green cross moves diagonally"
long=$(printf 'x%.0s' {1..10000})
says 0 "this one has 10007: left out is" make --prompt "a red $long star moves in a circle"
[[ $(wc -c <err.txt) -lt 1000 ]] || { echo "a long word is repeated whole"; exit 1; }
make --prompt "a red star moves in a circle" 2>err.txt >out.txt
[[ ! -s err.txt ]] || { echo "a sentence that the model knows is warned of"; cat err.txt; exit 1; }
mv one.y4m plain.y4m
make --prompt "A RED star，moves in a circle。" 2>err.txt >out.txt
cmp one.y4m plain.y4m

# Numbers.
known=(make --prompt "a red star moves in a circle")
says 2 "--seed: -1 is too small, at least 0" "${known[@]}" --seed -1
says 2 "--seed: 18446744073709551616 is too large, at most 18446744073709551615" "${known[@]}" --seed 18446744073709551616
says 2 "--seed: 18446744073709551615 is too large for 2 --samples" "${known[@]}" --seed 18446744073709551615 --samples 2
"${known[@]}" --seed 18446744073709551615 >out.txt
says 2 "--samples: 0 is too small, at least 1" "${known[@]}" --samples 0
says 2 '--key-frames: "1e3" is no whole number' "${known[@]}" --key-frames 1e3
says 2 "--temperature: -0.5 is too small, at least 0" "${known[@]}" --temperature -0.5
says 2 '--top-p: "nan" is no number' "${known[@]}" --top-p nan
says 2 '--batch: "" is no whole number' "${known[@]}" --batch=
says 2 '--guidance: "nan" is no number' "${known[@]}" --guidance nan
says 2 "--guidance: 1001 is too large, at most 1000" "${known[@]}" --guidance 1001
says 1 "--guidance: $model was never trained without its text" "${known[@]}" --guidance 1.5
says 1 "--keep best: $model was never trained without its text" "${known[@]}" --keep best
says 2 "--threads: 100000 is too large, at most 1024" "${known[@]}" --threads 100000
says 1 "frames per key frame are too many" "${known[@]}" --rounds 20 --between 10000000

# What is said of a run that was stopped is true of its file.
"$generate" --model "$model" --frames 100000 --prompt "a red star moves in a circle" --output stopped.y4m >out.txt 2>err.txt &
sleep 2
kill -TERM $!
got=0
wait $! || got=$?
frames=$(grep -ao FRAME stopped.y4m | wc -l)
[[ $got -eq 130 ]] && grep -qF "stopped after $frames of 100000 frames, which were written" err.txt || {
  echo "stopped with status $got and $frames frames:"
  cat err.txt
  exit 1
}

# Threads that the system does not start: the limit is a user's, and does not hold for root.
as_user=()
if [[ $(id -u) -eq 0 ]]; then
  as_user=(setpriv --reuid 64322 --clear-groups)
  chmod -R a+rwX .
fi
says 1 "cannot start the thread that waits for signals: Resource temporarily unavailable" \
  "${as_user[@]}" bash -c 'ulimit -u 0; exec "$0" --model "$1" --prompt "a red star" --output never.y4m' "$generate" "$model"
says 1 "ThreadPool: cannot start thread" \
  "${as_user[@]}" bash -c 'ulimit -u 4; exec "$0" --model "$1" --prompt "a red star" --threads 64 --output never.y4m' "$generate" "$model"
[[ ! -e never.y4m ]]

# Every program has a version.
version=$("$generate" --version)
[[ $version =~ ^generate\ \(flashvideo\)\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
for program in embed evaluate reconstruct train; do
  path=$(dirname "$generate")/$program
  [[ ! -x $path ]] || [[ $("$path" --version) == "${version/generate/$program}" ]] || { echo "$program has no version"; exit 1; }
done

# The quickstart says at once what it will not build for.
says 2 "the sentence is empty" "$quickstart" " "
says 2 'FLASHVIDEO_SEED is "-1"' env FLASHVIDEO_SEED=-1 "$quickstart" a red star
says 2 "unknown option --prompt" "$quickstart" --prompt star
echo "sentences, numbers, threads, versions"
