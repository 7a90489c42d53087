#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# given.sh GENERATE MODEL WORK: videos that begin with given frames, of several files, and videos between two ends.
set -euo pipefail
generate=$1 model=$2 work=$3
expect_failure=$(realpath "$(dirname "$0")/../support/expect_failure.sh")
rm -rf "$work"
mkdir -p "$work"
cd "$work"
prompt="a red star moves in a circle" other="a blue ring moves up and down"
make() { "$generate" --model "$model" "$@"; }
same() { cmp "$1/$(printf '%06d' "$3").png" "$2/$(printf '%06d' "${4:-$3}").png"; }
differs() { if same "$@" >/dev/null; then echo "$* are equal"; exit 1; fi; }

make --prompt "$prompt" --seed 3 --output clip/ >/dev/null
make --prompt "$other" --seed 4 --output ring/ >/dev/null

# Untouched, or as the tokenizer returns them; what follows is the same, and known by no other.
make --prompt "$prompt" --given clip --given-frames 6 --keep-given --output kept/ >kept.txt
make --prompt "$prompt" --given clip --given-frames 6 --threads 1 --speculate 0 --output shown/ >shown.txt
grep -q '^17 frames' kept.txt
for frame in {0..5}; do same clip kept "$frame"; done
for frame in {6..16}; do same kept shown "$frame"; done
make --prompt "$prompt" --first-frames clip/000000.png --output keys/ >/dev/null
make --prompt "$prompt" --given clip/000000.png --output one/ >/dev/null
for frame in {0..16}; do same keys one "$frame"; done
make --prompt "$prompt" --given clip --given-frames 5 --rounds 0 --keep-given --output alone/ >/dev/null
same alone clip 0
same alone clip 1 4

# Several prompts with a file each, and one file for all.
make --prompt "$prompt" --prompt "$other" --given clip --given ring --given-frames 6 --keep-given --format frames --output each/ >/dev/null
for frame in {0..16}; do same kept each/0000 "$frame"; done
for frame in {0..5}; do same ring each/0001 "$frame"; done
make --prompt "$prompt" --prompt "$other" --given clip --given-frames 6 --keep-given --format frames --output all/ >/dev/null
for frame in {0..16}; do same kept all/0000 "$frame"; done
same clip all/0001 5
differs all/0001 each/0001 5

# Both ends: interpolation alone, which the text conditions.
make --prompt "$prompt" --from clip/000000.png --to clip/000004.png --keep-given --output ends/ >ends.txt
grep -q '^5 frames' ends.txt
same clip ends 0
same clip ends 4
[[ ! -e ends/000005.png ]]
make --prompt "$other" --from clip/000000.png --to clip/000004.png --between 1 --rounds 2 --output ends2/ >/dev/null
make --prompt "$other" --from clip/000000.png --to clip/000004.png --between 1 --output ends1/ >ends1.txt
grep -q '^3 frames' ends1.txt

# One sentence each.
mkdir empty
refused() { "$expect_failure" "$1" "$generate" --model "$model" --prompt "$prompt" --output refused.y4m "${@:2}"; }
refused "empty: the folder has no pictures" --given empty
refused "clip: has 17 frames, --given-frames is 18" --given clip --given-frames 18 --frames 20
refused "--given-frames: 18 are given, the video has 17 frames" --given clip --given-frames 18
refused "--given-frames: 8 are given, the video has 1 frame, 4 frames apart" --given clip --given-frames 8 --rounds 0 --frames 1
refused "--given: 2 files for 1 prompt, expected one, or one for each" --given clip --given ring
refused "--first-frames excludes --given" --given clip --first-frames clip
refused "--from requires --to" --from clip
refused "--key-frames excludes --from" --from clip --to ring --key-frames 3
refused "every frame in turn (between 0) needs a model whose key frames were trained 1 frame apart, this one's lie 4 apart" --between 0
refused "--output refused.y4m would overwrite --given refused.y4m" --given refused.y4m
[[ ! -e refused.y4m ]]
echo "given: shown, kept, several, both ends, refused"
