#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# data_sets.sh TRAIN GENERATE MEASURE MAKE_DATA_SETS WORK: builds small trees in the form of UCF-101, Kinetics-600 and BAIR's robot
# pushing (of our own shapes, or of the videos below $FLASHVIDEO_REAL_CLIPS), trains on each for a few steps, generates from
# a caption and measures what came out, with the networks where $FLASHVIDEO_METRIC_WEIGHTS names their folder; damaged, missing and listed clips are said.
set -euo pipefail
expect_failure=$(realpath "$(dirname "$0")/../support/expect_failure.sh")
train=$1 generate=$2 measure=$3 make=$4 work=$5
rm -rf "$work"
mkdir -p "$work"
cd "$work"
"$make" sets

cat >tiny.json <<'JSON'
{ "seed": 1, "precision": "float32", "clips": 6, "pictured_clips": 3, "frames_per_second": 25,
  "image_tokenizer": {
    "sizes": { "kind": "vq_vae", "encoder": "local", "image_height": 32, "image_width": 32, "num_codes": 16, "code_width": 4,
               "encoder_channels": [4, 6, 8], "encoder_blocks": 1, "encoder_hidden": 8,
               "decoder": [{"channels": 8, "blocks": 1, "hidden": 8, "upsample": 8, "overlaps": false}],
               "block_bias": true, "norm_groups": 0 },
    "commitment": 0.25, "black_weight": 1.0, "steps": 3, "batch": 2, "learning_rate": 0.001, "warm_up_steps": 1,
    "weight_decay": 0.0, "beta2": 0.99, "clipping_norm": 1.0 },
  "decoder": {
    "text_length": 10, "position": "frame_harmonics", "codebook_start": 0.1,
    "sizes": { "d_model": 16, "d_value": 24, "d_feed_forward": 16, "num_layers": 1, "num_heads": 2, "longest_sequence": 512 },
    "steps": 3, "batch": 2, "learning_rate": 0.001, "warm_up_steps": 1, "weight_decay": 0.01, "beta2": 0.98,
    "clipping_norm": 1.0,
    "key_frames": 5, "key_spacing": 4, "carried": 2, "interpolation_share": 0.35, "gaps": [{"between": 3, "spacing": 1}] } }
JSON

# said SENTENCE FILE
said() {
  grep -qF -- "$1" "$2" || { printf 'expected: %s\ngot: %s\n' "$1" "$(cat "$2")"; exit 1; }
}

# trained NAME CAPTION TRAIN-ARGUMENTS...: a bundle NAME.safetensors that makes a video of the caption
trained() {
  local name=$1 caption=$2
  shift 2
  "$train" "$@" --config tiny.json --checkpoint "$name" --output "$name.safetensors" >"$name.said" || { cat "$name.said"; exit 1; }
  cat "$name.said"
  mkdir "$name.made"
  "$generate" --model "$name.safetensors" --prompt "$caption" --frames 17 --output "$name.made/0.y4m"
}

trained ucf101 "a person is doing tai chi" ucf101 sets/ucf101 --split 1
said "clips of 17 frames" ucf101.said
said "every frame, whatever the rate; videos: " ucf101.said
said " of 25 frames/s" ucf101.said
trained again "a person is doing tai chi" ucf101 sets/ucf101/UCF-101 --split 1
cmp ucf101.made/0.y4m again.made/0.y4m
trained kinetics600 "look: massaging person's head" kinetics600 sets/kinetics600 --caption "look: {}"
said "left out: " kinetics600.said
said " missing: " kinetics600.said
trained robot_pushing "a robot arm moves" robot_pushing sets/robot_pushing --windows every --every-nth 1
"$expect_failure" "--part validate: ucf101 has no such part" "$train" ucf101 sets/ucf101 --part validate --config tiny.json
"$expect_failure" "ucf101 needs its folder: ucf101 DIR" "$train" ucf101 --config tiny.json
"$expect_failure" "would overwrite folder sets/ucf101/ucfTrainTestlist/classInd.txt" "$train" ucf101 sets/ucf101 --config tiny.json --output sets/ucf101/ucfTrainTestlist/classInd.txt

# one damaged video is more than 1 % of so few
video=$(find sets/ucf101/UCF-101 -name '*g01_c01.avi' | sort | head -1)
cp "$video" whole.avi
head -c 3000 whole.avi >"$video"
"$expect_failure" "$video" "$train" ucf101 sets/ucf101 --config tiny.json --checkpoint damaged --output damaged.safetensors
"$expect_failure" "damaged, at most 1 % may be" "$train" ucf101 sets/ucf101 --config tiny.json --checkpoint damaged --output damaged.safetensors
"$expect_failure" "damaged, at most 0 % may be" "$train" ucf101 sets/ucf101 --strict --config tiny.json --checkpoint damaged --output damaged.safetensors
trained damaged "a person is doing tai chi" ucf101 sets/ucf101 --skip-damaged
said "1 damaged: $video" damaged.said
cp whole.avi "$video"

# measured against the sets' own videos under a protocol; equal videos have no distance
"$measure" --set ucf101 sets/ucf101 --part test --protocol junyaohu --size 32 --frames 16 ucf101.made --samples 1 >measured 2>&1 &&
  { echo "one video was paired with several"; cat measured; exit 1; }
said "--samples N changes the protocol" measured
mkdir copies
while IFS= read -r line; do
  cp "$(find sets/ucf101/UCF-101 -iname "${line##*/}")" "copies/$(find copies -type f | wc -l).avi"
done <sets/ucf101/ucfTrainTestlist/testlist01.txt
"$measure" --set ucf101 sets/ucf101 --part test --protocol junyaohu copies --fit >measured
said "PSNR        100.000000      0.000000" measured
videos=$(find sets/ucf101/UCF-101 -name '*.avi' | wc -l)
for set in ucf101 kinetics600 robot_pushing; do
  part=test
  [[ $set == kinetics600 ]] && part=validate
  "$measure" --set $set sets/$set --part $part --protocol junyaohu --size 32 $set.made >measured 2>&1 || true
  count=$(sed -n 's/^.* \([0-9]*\) real ones.*$/\1/p;s/^.* each of \([0-9]*\) real ones.*$/\1/p' measured | head -1)
  for ((i = 1; i < count; ++i)); do cp $set.made/0.y4m $set.made/$i.y4m; done
  networks=()
  if [[ $set == ucf101 && -n ${FLASHVIDEO_METRIC_WEIGHTS:-} ]]; then
    networks=(--i3d "$FLASHVIDEO_METRIC_WEIGHTS/i3d.safetensors" --lpips "$FLASHVIDEO_METRIC_WEIGHTS/lpips_alexnet.safetensors")
  fi
  "$measure" --set $set sets/$set --part $part --protocol junyaohu --size 32 $set.made --json $set.json \
    ${networks[@]+"${networks[@]}"} >measured || { cat measured; exit 1; }
  said "real = sets/$set ($count clips)" measured
  said "made = $set.made ($count clips, $count pairs)" measured
  said "PSNR " measured
  said "SSIM " measured
  cat measured
done
echo "trained on $videos videos of UCF-101's form and on two other sets, generated, measured"
