#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# train.sh TRAIN GENERATE WORK: trains a tiny model in seconds, goes on from its bundle, generates with both, and sees wrong
# requests refused in one sentence.
set -euo pipefail
expect_failure=$(realpath "$(dirname "$0")/../support/expect_failure.sh")
train=$1 generate=$2 work=$3
rm -rf "$work"
mkdir -p "$work"
cd "$work"

# configuration SEED D_MODEL
configuration() {
  cat <<JSON
{ "seed": $1, "precision": "bfloat16", "clips": 12, "pictured_clips": 4, "frames_per_second": 8,
  "image_tokenizer": {
    "sizes": { "kind": "vq_vae", "encoder": "local", "image_height": 64, "image_width": 64, "num_codes": 16, "code_width": 4,
               "encoder_channels": [4, 6, 8], "encoder_blocks": 1, "encoder_hidden": 8,
               "decoder": [{"channels": 8, "blocks": 1, "hidden": 8, "upsample": 8, "overlaps": false}],
               "block_bias": true, "norm_groups": 0 },
    "commitment": 0.25, "black_weight": 1.0, "steps": 3, "batch": 2, "learning_rate": 0.001, "warm_up_steps": 1,
    "weight_decay": 0.0, "beta2": 0.99, "clipping_norm": 1.0 },
  "decoder": {
    "text_length": 15, "position": "frame_harmonics", "codebook_start": 0.1,
    "sizes": { "d_model": $2, "d_value": 24, "d_feed_forward": 16, "num_layers": 1, "num_heads": 2, "longest_sequence": 512 },
    "steps": 3, "batch": 2, "learning_rate": 0.001, "warm_up_steps": 1, "weight_decay": 0.01, "beta2": 0.98,
    "clipping_norm": 1.0,
    "muon": {"prefix": "layers.", "momentum": 0.95, "rate_factor": 2.0, "weight_decay": 0.01},
    "key_frames": 5, "key_spacing": 4, "carried": 2, "interpolation_share": 0.35, "gaps": [{"between": 3, "spacing": 1}] } }
JSON
}
configuration 1 16 >first.json
configuration 2 16 | sed 's/"text_length": 15,/& "text_dropout": 0.3,/' >second.json
configuration 2 24 >wider.json

"$train" shapes --config first.json --checkpoint first --output first.safetensors
"$train" shapes --config second.json --checkpoint second --image-tokenizer first.safetensors --start first.safetensors \
  --output second.safetensors
for bundle in first second; do
  "$generate" --model $bundle.safetensors --prompt "a red star moves in a circle" --output $bundle.y4m
  [[ -s $bundle.y4m && -s $bundle/decoder.csv ]]
done
[[ ! -e second/image_tokenizer.checkpoint ]]
cmp -s first.y4m second.y4m && { echo "going on changed nothing"; exit 1; }
"$expect_failure" "first.safetensors: the decoder is another: d_model = 16, the configuration has 24" "$train" shapes --config wider.json --checkpoint wider \
  --image-tokenizer first.safetensors --start first.safetensors --output wider.safetensors
"$expect_failure" "nowhere.safetensors" "$train" shapes --config second.json --checkpoint third --start nowhere.safetensors \
  --output third.safetensors
[[ ! -e wider.safetensors && ! -e third.safetensors ]]

# The second has learnt sequences without text: it is guided, and the best of several samples is kept; the first refuses.
guided() { "$generate" --model second.safetensors --prompt "a red star moves in a circle" --key-frames 3 "$@"; }
guided --guidance 1 --output off.y4m
guided --output plain.y4m
guided --guidance 3 --output on.y4m
guided --guidance 3 --speculate 0 --threads 1 --output slow.y4m
cmp off.y4m plain.y4m
cmp on.y4m slow.y4m
cmp -s on.y4m off.y4m && { echo "guidance changes nothing"; exit 1; }
guided --guidance 3 --samples 5 --seed 7 --keep best --batch 2 --output best.y4m >best.txt
seed=$(sed -n 's/^seed \([0-9]*\) is the best of 5: the text makes it e^.* times as probable$/\1/p' best.txt)
guided --guidance 3 --seed "$seed" --output alone.y4m
cmp best.y4m alone.y4m
guided --prompt "a blue ring moves up and down" --samples 3 --keep best --output best/ --format y4m >best.txt
[[ $(ls best) == $'0000.y4m\n0001.y4m' && $(grep -c '^000[01]: seed [012] is the best of 3:' best.txt) -eq 2 ]]
for option in "--guidance 2" "--keep best"; do
  # shellcheck disable=SC2086
  "$expect_failure" "first.safetensors was never trained without its text" "$generate" --model first.safetensors \
    --prompt "a red star" --output never.y4m $option
done
[[ ! -e never.y4m ]]

# A folder of clips: what is taken and left out is said; damage is refused unless it may be left out.
mkdir clips
"$generate" --model first.safetensors --prompt "a red star moves in a circle" --frames 40 --key-frames 11 --fps 16 --output clips/a.y4m
cp first.y4m clips/b.y4m
"$generate" --model first.safetensors --prompt "a red star moves in a circle" --frames 9 --output clips/c.y4m
head -c 50000 first.y4m >clips/d.y4m
printf '\xef\xbb\xbffile\tcaption\r\na.y4m\ta star\r\nb.y4m\ta star\r\nc.y4m\ta star\r\nd.y4m\ta star\r\n' >clips/captions.tsv
folder=("$train" clips --config second.json --image-tokenizer first.safetensors --output folder.safetensors)
"$expect_failure" "clips/d.y4m, byte " "${folder[@]}" --checkpoint refused
"${folder[@]}" --checkpoint folder --skip-damaged >said
grep -qF "clips: 2 videos, 2 clips of 17 frames" said
grep -qF "resample: the frames nearest in time to 8 frames/s; videos: 1 of 16 frames/s, 1 of 8 frames/s; 1 resampled" said
grep -qF "left out: 1 too short: clips/c.y4m (9 of 17 frames); 1 damaged: clips/d.y4m, byte " said
"${folder[@]}" --checkpoint every --skip-damaged --every-nth 1 >said
grep -qF "clips: 2 videos, 3 clips of 17 frames" said
echo "trained, continued, generated"
