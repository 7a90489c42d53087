#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# examples/quickstart.sh [a sentence]: from a fresh clone to a video in one command; the sentence may stand without quotes.
# Leaves an .mp4, a .gif and a contact sheet .png under build/quickstart/ (or $FLASHVIDEO_BUILD_DIR/quickstart).
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
usage() {
  echo "flashvideo: $1" >&2
  exit 2
}
case ${1:-} in
  -h | --help)
    sed -n '3,5s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
  -*) usage "unknown option $1; use: examples/quickstart.sh [a sentence]" ;;
esac
sentence=$*
[[ $# -gt 0 ]] || sentence="a red star moves in a circle and a blue ring moves up and down"
[[ $sentence == *[![:space:]]* ]] || usage "the sentence is empty"
build=${FLASHVIDEO_BUILD_DIR:-$source/build}/quickstart
model=${FLASHVIDEO_MODEL:-$source/examples/models/moving_shapes.safetensors}
seed=${FLASHVIDEO_SEED:-1}
# told before the build; generate itself knows the largest seed
[[ $seed =~ ^[0-9]{1,20}$ ]] || usage "FLASHVIDEO_SEED is \"$seed\", expected a number from 0 to 18446744073709551615"

"$source/cmake/install-dependencies.sh" --for quickstart

echo "flashvideo: building the example 'generate' (once, a minute or two)"
mkdir -p "$build"
if ! {
  cmake -S "$source" -B "$build/cmake" -G Ninja -DCMAKE_BUILD_TYPE=Release -DFLASHVIDEO_COMPONENTS=Video \
    -DFLASHVIDEO_BUILD_TESTS=OFF -DFLASHVIDEO_BUILD_BENCHMARKS=OFF &&
    cmake --build "$build/cmake" --target generate
} >"$build/build.log" 2>&1; then
  tail -40 "$build/build.log" >&2
  echo "flashvideo: the build failed, see $build/build.log" >&2
  exit 1
fi

name=$(tr '[:upper:] ' '[:lower:]_' <<<"$sentence" | tr -cd 'a-z0-9_' | cut -c1-80)
name=${name:-video}
"$build/cmake/examples/generate" --model "$model" --prompt "$sentence" --seed "$seed" --scale 4 \
  --output "$build/$name.mp4" --output "$build/$name.gif" --output "$build/$name.png"

for ending in mp4 gif png; do
  if [[ ! -s $build/$name.$ending ]]; then
    echo "flashvideo: $build/$name.$ending was not written" >&2
    exit 1
  fi
done
printf '\nflashvideo: "%s"\n  video          %s\n  animation      %s\n  contact sheet  %s\n' "$sentence" \
  "$build/$name.mp4" "$build/$name.gif" "$build/$name.png"
