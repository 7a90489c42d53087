#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# train_checks.sh TRAIN GENERATE SOURCE_DIR WORK: what can be wrong with a training is found out before any work and told in one
# sentence, a run that is stopped says what there is, and a checkpoint of other clips or words is refused.
set -euo pipefail
train=$1 generate=$2 source_dir=$3 work=$4
bundle=$source_dir/examples/models/moving_shapes.safetensors
rm -rf "$work"
mkdir -p "$work"
cd "$work"

# changed SED-EXPRESSION...: the tiny configuration after changes
changed() {
  local expressions=()
  for expression in "$@"; do expressions+=(-e "$expression"); done
  sed -e '/"muon"/d' -e '/"decoder": {$/,$ s/"steps": [0-9]*/"steps": 1/' -e '/"decoder": {$/,$ s/"batch": [0-9]*/"batch": 1/' \
    -e 's/"bfloat16"/"float32"/' -e 's/"clips": 50000/"clips": 8/' -e 's/"\(d_[a-z_]*\)": [0-9]*/"\1": 16/' \
    -e 's/"num_layers": 5/"num_layers": 1/' -e 's/"num_heads": 3/"num_heads": 1/' \
    ${expressions[@]+"${expressions[@]}"} "$source_dir/examples/train/moving_shapes.json"
}
changed >tiny.json

# refused SENTENCE COMMAND...: fails at once, with that in its one line, and writes no bundle
refused() {
  local sentence=$1 output
  shift
  if output=$("$@" 2>&1) || [[ $output != *"$sentence"* || $(wc -l <<<"$output") -gt 1 || -e model.safetensors ]]; then
    printf 'expected a refusal with: %s\ngot: %s\n' "$sentence" "$output"
    exit 1
  fi
}
# refused_change SENTENCE SED-EXPRESSION [OPTION...]
refused_change() {
  local sentence=$1 expression=$2
  shift 2
  changed "$expression" >changed.json
  refused "$sentence" "$train" shapes --config changed.json "$@"
}

# the configuration: unknown keys, ranges, relations
refused_change "changed.json: decoder.lerning_rate: unknown, did you mean learning_rate?" '/"decoder": {$/,$ s/learning_rate/lerning_rate/'
refused_change "changed.json: decoder.muonn: unknown, did you mean muon?" 's/"carried": 2/"carried": 2, "muonn": {}/'
refused_change "changed.json: pictured_clips is 0, expected >= 1" 's/"pictured_clips": 4000/"pictured_clips": 0/'
refused_change "changed.json: clips is -8, expected >= 1" 's/"clips": 8/"clips": -8/'
refused_change "changed.json: seed is -1, expected >= 0" 's/"seed": 1/"seed": -1/'
refused_change "changed.json: frames_per_second is 0, expected within [0.01, 1000]" 's/"frames_per_second": 8/"frames_per_second": 0/'
refused_change "changed.json: decoder.steps is 0, expected >= 1" '/"decoder": {$/,$ s/"steps": 1/"steps": 0/'
refused_change "changed.json: decoder.interpolation_share is 1.5, expected within [0, 1]" 's/0.35/1.5/'
refused_change "changed.json: decoder.text_length is -1, expected >= 0" 's/"text_length": 15/"text_length": -1/'
refused_change "d_model is 16, expected a multiple of twice the 3 heads" 's/"num_heads": 1/"num_heads": 3/'
refused_change "changed.json: decoder.gaps: none of them fills the 8 frames" 's/"key_spacing": 4/"key_spacing": 8/'
refused_change "decoder: 7 key_frames at key_spacing 4 reach over 25 frames, the clips have 17" 's/"key_frames": 5/"key_frames": 7/' \
  --image-tokenizer "$bundle"
refused_change "the clips are 64 x 64 pixels, the configuration's image_tokenizer.sizes 128 x 64" 's/"image_width": 64/"image_width": 128/'
refused_change "$bundle: the image tokenizer is another: num_codes = 2048, the configuration has 1024" 's/2048/1024/' \
  --image-tokenizer "$bundle"
refused "$bundle: the decoder is another: d_model = 192, the configuration has 16" "$train" shapes --config tiny.json --start "$bundle"

# where files are to be written
tiny=("$train" shapes --config tiny.json --image-tokenizer "$bundle")
refused "--output nodir/m.safetensors: there is no folder nodir" "${tiny[@]}" --output nodir/m.safetensors
mkdir folder
refused "--output folder: is a folder" "${tiny[@]}" --output folder

# captions
mkdir clips
for i in 1 2; do
  "$generate" --model "$bundle" --prompt "a red star moves in a circle" --seed $i --output clips/$i.y4m >/dev/null
done
captions() { printf '1.y4m\t%s\n2.y4m\t%s\n' "$1" "$2" >clips/captions.tsv; }
folder=("$train" clips --config tiny.json --image-tokenizer "$bundle" --output clips.safetensors)
captions "a star" "..."
if "${folder[@]}" --checkpoint words >said 2>&1; then exit 1; fi
grep -qF 'clips/captions.tsv: line 2: the caption "..." has no word' said
captions "a red star" "a blue ring"
"${folder[@]}" --checkpoint words >/dev/null
sum=$(cksum words/decoder.checkpoint)
"${folder[@]}" --checkpoint words --steps 2 >/dev/null
if [[ $(cksum words/decoder.checkpoint) == "$sum" ]]; then echo "did not go on"; exit 1; fi
sum=$(cksum words/decoder.checkpoint)

# kept SENTENCE: the checkpoint is refused with it, and stays
kept() {
  if "${folder[@]}" --checkpoint words >said 2>&1 || ! grep -qF "words/decoder.checkpoint: the checkpoint was written with $1" said; then
    cat said
    exit 1
  fi
  [[ $(cksum words/decoder.checkpoint) == "$sum" ]]
}
captions "a blue ring" "a red star"
kept "other captions (another --checkpoint folder"
captions "a red star" "a green ring"
kept 'words "blue", which this run does not have, and without "green", which this run has'
captions "a red star" "a blue ring"
cp clips/1.y4m clips/2.y4m
kept "other videos"

# without the decoder's checkpoint the tokens are made again for other captions
rm words/decoder.checkpoint
before=$(cksum words/clips.tokens)
captions "a blue ring" "a red star"
"${folder[@]}" --checkpoint words >/dev/null
[[ $(cksum words/clips.tokens) != "$before" ]]

# stopped SIGNAL STAGE COMMAND...: sends the signal when the first line of the stage is there; its status is in $status
stopped() {
  local signal=$1 stage=$2
  shift 2
  "$@" >said 2>&1 &
  for ((i = 0; i < 1000; ++i)); do
    if grep -q "^$stage" said; then break; fi
    sleep 0.1
  done
  status=0
  kill -s "$signal" $!
  wait $! || status=$?
}

# stopped in the first stage: what the bundle holds is said
changed 's/"pictured_clips": 4000/"pictured_clips": 4/' 's/"batch": 64/"batch": 2/' >changed.json
stopped HUP "image tokenizer " "$train" shapes --config changed.json --checkpoint stopped --output stopped.safetensors
[[ $status == 130 && -s stopped.safetensors && -e stopped/image_tokenizer.checkpoint ]]
grep -qE "^train: stopped after [0-9]+ of 5000 steps of the image tokenizer; the image tokenizer so far stands in stopped.safetensors, beside a decoder that has learnt nothing yet .*; the same command goes on from stopped$" said
# and there was a plain line before, since this is no terminal
grep -qE "^image tokenizer +[0-9]+ % [0-9]+/5000 steps .* left  loss " said
if LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f]' said; then echo "control characters in a log"; exit 1; fi
# stopped in the last stage: what is learnt stands in the bundle
changed '/"decoder": {$/,$ s/"steps": 1/"steps": 1000000/' >changed.json
stopped TERM "decoder " "$train" shapes --config changed.json --image-tokenizer "$bundle" --checkpoint last \
  --output last.safetensors
[[ $status == 130 ]]
grep -qE "^train: stopped after [0-9]+ of 1000000 steps of the decoder; what is learnt so far stands in last.safetensors;" said
[[ -s last.safetensors ]]
echo "everything wrong was found out before the work"
