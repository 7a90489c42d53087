#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# own_clips.sh TRAIN GENERATE SOURCE_DIR WORK: a folder of clips is learnt without a configuration in a given time, ends with a
# bundle however it ends, and goes on as it was planned.
set -euo pipefail
expect_failure=$(realpath "$(dirname "$0")/../support/expect_failure.sh")
train=$1 generate=$2 source_dir=$3 work=$4
bundle=$source_dir/examples/models/moving_shapes.safetensors
rm -rf "$work"
mkdir -p "$work/clips"
cd "$work"

"$generate" --model "$bundle" --prompt "a red star moves in a circle" --prompt "a blue ring moves from left to right" --samples 4 \
  --output clips/made/ --format y4m >/dev/null
"$generate" --model "$bundle" --prompt "a red star moves in a circle" --frames 4 --output clips/short.y4m >/dev/null
for i in 0 1 2 3 4 5 6 7; do
  printf 'made/000%s.y4m\t%s\n' $i "$([[ $i -lt 4 ]] && echo "a red star moves in a circle" || echo "a blue ring moves from left to right")"
done >clips/captions.tsv
printf 'short.y4m\ta red star\n' >>clips/captions.tsv

# made MODEL PLACE: generate reads the bundle; PLACE is the picture's extents in the Y4M
made() {
  "$generate" --model "$1" --prompt "a red star moves in a circle" --output "${1%.safetensors}.y4m" >/dev/null
  head -c 40 "${1%.safetensors}.y4m" | grep -qaF "$2"
}

# without a configuration, in three seconds
own=("$train" clips --minutes 0.05 --mirror --output own.safetensors --checkpoint own)
"${own[@]}" --write-config own.json --report own.html >said 2>errors
[[ -s own/snapshot.safetensors && $(grep -c 'src="data:image/png;base64,iVBOR' own.html) -eq 1 && $(grep -c "^<svg" own.html) -eq 2 ]]
head -c 8 own/strip_*.png | grep -qa PNG
grep -qF "found: 9 videos, typically 64 x 64 pixels, 17 frames at 8 frames/s; captions of 12 different words, the longest has 8" said
grep -qF "chosen: pictures of 64 x 64 pixels" said
grep -qF "left out: 1 too short: clips/short.y4m (4 of 17 frames)" said
grep -qE "^decoder: [0-9]+ steps in [0-9.]+ minutes" errors
grep -qE "^image tokenizer: the values after step [0-9]+ of [0-9]+ are kept, loss on held-out clips [0-9.]+$" errors
made own.safetensors "W64 H64"

# the same command goes on with the same steps and sizes; so does the configuration that was written
plan=$(cat own/plan.json)
"${own[@]}" --write-config again.json >said 2>errors
if grep -qF "chosen:" said; then echo "chosen again"; exit 1; fi
[[ $(cat own/plan.json) == "$plan" ]]
cmp own.json again.json

# without minutes it goes on too: the image tokenizer whose codes the decoder has learnt stays as it is
cp own/image_tokenizer.checkpoint kept
steps=$(sed -n 's/.*"decoder": *\([0-9]*\).*/\1/p' own/plan.json)
"${own[@]:0:2}" --minutes 0 --steps $((steps + 2)) "${own[@]:4}" >said 2>errors
cmp own/image_tokenizer.checkpoint kept
"$train" clips --config own.json --write-config third.json --output third.safetensors --checkpoint third >/dev/null 2>&1
cmp own.json third.json

# a model that is given its first frames has pictures too, and a page that cannot be written is refused before the work
sed 's/"decoder": {/"decoder": {"given_frames": [1, 5],/' own.json >given.json
"$train" clips --config given.json --image-tokenizer own.safetensors --output given.safetensors --checkpoint given >said 2>&1
if grep -qF "no strip of pictures" said || [[ ! -s $(ls given/strip_*.png | head -1) ]]; then cat said; exit 1; fi
"$expect_failure" "--report nowhere/page.html: there is no folder nowhere" "$train" clips --minutes 0.05 --report nowhere/page.html --checkpoint none
"$expect_failure" "--report: its value is missing, the option --checkpoint follows" "$train" clips --report --checkpoint none
"$expect_failure" "--size 63x64: VqVaeConfiguration: images of 63 x 64, expected multiples of the patch of 8 pixels" "$train" clips --size 63x64 \
  --checkpoint none
"$expect_failure" "more: only digits and data sets take a second folder" "$train" clips more --checkpoint none
[[ ! -e none ]] || rmdir none # its lock is gone, and nothing else was written

# other extents and rates
"$train" clips --minutes 0.05 --size 48x32 --fps 16 --preset small --output small.safetensors --checkpoint small >said 2>&1
grep -qF "resample: the frames nearest in time to 16 frames/s" said
made small.safetensors "W48 H32"

# stopped in the first stage there is a bundle, and what is said of it is so
"$train" clips --minutes 30 --output stopped.safetensors --checkpoint stopped >said 2>&1 &
for ((i = 0; i < 1000; ++i)); do
  if grep -q "^image tokenizer .* loss " said; then break; fi
  sleep 0.1
done
kill -s TERM $!
status=0
wait $! || status=$?
[[ $status == 130 ]]
grep -qE "^train: stopped after [0-9]+ of [0-9]+ steps of the image tokenizer; the image tokenizer so far stands in stopped.safetensors, beside a decoder that has learnt nothing yet \(generate makes noise of it\); the same command goes on from stopped$" said
made stopped.safetensors "W64 H64"

"$expect_failure" "--size 96: expected width x height" "$train" clips --size 96 --output never.safetensors
"$expect_failure" "images of 100 x 64, expected multiples of the patch of 8 pixels" "$train" clips --size 100x64 --output never.safetensors --checkpoint never
"$expect_failure" "ucf101: a data set needs --config FILE" "$train" ucf101 clips --output never.safetensors
"$expect_failure" "--image-tokenizer FILE is needed" "$train" clips --preset flashvideo_160 --output never.safetensors
[[ ! -e never.safetensors ]]
echo "learnt in time, stopped, went on"
