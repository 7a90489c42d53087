#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# icetk.sh GENERATE MAKE_ICETK_BUNDLE FOLDER: a bundle whose pictures are icetk's tokens makes videos, the same for any
# threads, and goes on from given frames.
set -euo pipefail
generate=$1 make=$2 folder=$3
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
"$make" icetk.safetensors
options=(--model icetk.safetensors --prompt ApplyEyeMakeup --seed 5)
"$generate" "${options[@]}" --threads 1 --output one.y4m >one.txt
"$generate" "${options[@]}" --threads 3 --batch 2 --output three.y4m >three.txt
cmp one.y4m three.y4m
head -c 30 one.y4m | grep -qa 'W8 H12'
grep -q '^17 frames' one.txt
"$generate" "${options[@]}" --first-frames one.y4m --key-frames 7 --rounds 0 --output continued.y4m >continued.txt
grep -q '^7 frames' continued.txt
grep -q '^tokens: 12 sampled' continued.txt
echo "icetk's pictures: made, made again, continued"
