#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# icetk.sh GENERATE MAKE_ICETK_BUNDLE TRAIN CONFIGURATION FOLDER: a bundle whose pictures are icetk's tokens makes videos, the
# same for any threads, and goes on from given frames; a model of the configuration, with fewer channels and untrained weights
# of icetk's, is trained for two steps on clips of two classes and goes on from five frames.
set -euo pipefail
expect_failure=$(realpath "$(dirname "$0")/../support/expect_failure.sh")
generate=$1 make=$2 train=$3 configuration=$4 folder=$5
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

# The configuration as it is but for its widths, layers and steps: 400 tokens of 160 x 160 pixels.
sed -E -e 's/"num_codes": 20000/"num_codes": 64/; s/"(code_width|latent_channels)": 256/"\1": 8/; s/"channels": 128/"channels": 4/' \
  -e 's/"norm_groups": 32/"norm_groups": 2/; s/"clips": 20000/"clips": 2/; s/"steps": 200000/"steps": 2/; s/"batch": 8/"batch": 1/' \
  -e 's/"d_model": 768/"d_model": 24/; s/"(d_value|d_feed_forward)": 1536/"\1": 24/; s/"num_layers": 12/"num_layers": 1/' \
  "$configuration" >small.json
"$make" small.json icetk_pictures.safetensors
for class in ApplyEyeMakeup YoYo; do
  mkdir -p clips/$class
  "$generate" --model icetk.safetensors --prompt $class --seed 7 --key-frames 7 --output clips/$class/0.y4m >/dev/null
done
trained=("$train" folders clips --config small.json --windows first)
"$expect_failure" "--image-tokenizer FILE is needed: the configuration's pictures (hvq_vae) are not trained here" \
  "${trained[@]}" --checkpoint none --output none.safetensors
"$expect_failure" "icetk.safetensors: the image tokenizer is another: image_height = 12, the configuration has 160" \
  "${trained[@]}" --checkpoint none --output none.safetensors --image-tokenizer icetk.safetensors
sed 's/hvq_vae/vqvae/' small.json >unknown.json
"$expect_failure" 'unknown.json: image_tokenizer.sizes.kind is "vqvae", expected "vq_vae" or "hvq_vae"' \
  "$train" folders clips --config unknown.json --checkpoint none --output none.safetensors
[[ ! -e none.safetensors ]]

# From icetk's own tensors, and again from the bundle that they went into: the same decoder.
"${trained[@]}" --image-tokenizer icetk_pictures.safetensors --checkpoint first --output first.safetensors
"${trained[@]}" --image-tokenizer first.safetensors --checkpoint second --output second.safetensors
"$make" small.json icetk_pictures.safetensors first.safetensors
cmp first/clips.tokens second/clips.tokens
[[ -s first/decoder.csv && ! -e first/image_tokenizer.checkpoint ]]
continue_with() { "$generate" --model "$1" --prompt "a person is doing yo yo" --first-frames one.y4m "${@:2}"; }
for model in first second; do
  continue_with $model.safetensors --key-frames 6 --rounds 0 --output $model.y4m >$model.txt
done
cmp first.y4m second.y4m
head -c 30 first.y4m | grep -qa 'W160 H160'
grep -q '^6 frames' first.txt
grep -q '^tokens: 400 sampled + 2078 absorbed' first.txt  # five frames of 12 + 1 + 400 tokens, and the sixth's 12 + 1
continue_with first.safetensors --key-frames 5 --output between.y4m >between.txt
grep -q '^17 frames' between.txt
export generate
continue_given() { "$generate" --model "$1" --prompt "a person is doing yo yo" --given one.y4m "${@:2}"; }
export -f continue_given
continue_given first.safetensors --given-frames 6 --key-frames 3 --output six.y4m >six.txt
grep -q '^9 frames' six.txt
"$generate" --model first.safetensors --prompt "a person is doing yo yo" --from one.y4m --to continued.y4m --output ends.y4m >ends.txt
grep -q '^5 frames' ends.txt

# Every frame in turn, with one or five frames given in training.
sed -E -e 's/"key_spacing": 4/"key_spacing": 1/; s/"interpolation_share": 0.35/"interpolation_share": 0/' \
  -e 's/"text_length": 12,/& "given_frames": [1, 5],/' small.json >turns.json
"$train" folders clips --config turns.json --windows first --image-tokenizer first.safetensors --checkpoint turns --output turns.safetensors
continue_given turns.safetensors --between 0 --given-frames 5 --key-frames 6 --output turns.y4m >turns.txt
grep -q '^6 frames' turns.txt
grep -q '^tokens: 400 sampled + 2078 absorbed' turns.txt
"$expect_failure" "2 frames are given, the model was trained with 1, 5 given frames" \
  continue_given turns.safetensors --between 0 --given-frames 2 --output none.y4m
"$expect_failure" "0 frames are given, the model was trained with 1, 5 given frames" \
  "$generate" --model turns.safetensors --prompt "a person is doing yo yo" --between 0 --output none.y4m
sed 's/"given_frames": .1, 5./"given_frames": [6]/' turns.json >whole.json
"$expect_failure" "whole.json: decoder.given_frames has 6, expected at most 5, so that one of the 6 key_frames is left to write" \
  "$train" folders clips --config whole.json --checkpoint none --output none.safetensors

echo "icetk's pictures: made, made again, continued, trained, continued from five frames"
