#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# outputs.sh PROGRAMS MODEL WORK files|mount: what the programs in the folder PROGRAMS do with files and folders that they are told to
# write: nothing of the user's is lost, nothing half-written has a name, and what cannot be is refused before the work.
# With "mount", output folders that are mount points; status 77 where nothing may be mounted.
set -euo pipefail
programs=$(realpath "$1") model=$(realpath "$2") work=$3 part=$4
rm -rf "$work"
mkdir -p "$work"
cd "$work"

fail() {
  echo "outputs.sh: $*" >&2
  exit 1
}

# refused STATUS SENTENCE COMMAND...: ends with the status and the sentence, within the time that no work takes.
refused() {
  local status=$1 sentence=$2 output got=0
  shift 2
  output=$("$@" 2>&1) || got=$?
  [[ $got -eq $status && $output == *"$sentence"* ]] || fail "expected status $status and: $sentence
got status $got and: $output"
}

# generate SEED OUTPUT... [--OPTION...]: one frame
generate() {
  local seed=$1 outputs=()
  shift
  while [[ $# -gt 0 && ($1 != -?*) ]]; do outputs+=(--output "$1") && shift; done
  "$programs/generate" --model "$model" --prompt "a red star moves in a circle" --seed "$seed" --frames 1 --key-frames 2 \
    "${outputs[@]}" "$@"
}

frames_of() { (cd "$1" && cat ./*.png | cksum); }

if [[ $part == mount ]]; then
  # a mount point can neither be renamed nor removed; the namespace goes with the shell and its mounts with it
  for unshare in "unshare -m" "unshare -Urm"; do
    $unshare mount -t tmpfs none "$work" 2>/dev/null || continue
    export -f generate fail frames_of
    export programs model
    mkdir folder file
    # shellcheck disable=SC2016
    $unshare bash -euo pipefail -c '
      mount -t tmpfs none folder
      generate 1 folder/ >/dev/null && first=$(frames_of folder)
      generate 2 folder >/dev/null && second=$(frames_of folder)
      [[ $first != "$second" ]] || fail "the mount point holds the earlier frames"
      generate 1 alone >/dev/null
      generate 1 folder >/dev/null
      [[ $(frames_of folder) == "$(frames_of alone)" ]] || fail "the mount point holds other frames than a folder"
      [[ $(ls -A folder | grep -cv "^000000.png$") -eq 1 ]] || fail "left: $(ls -A folder)"
      echo earlier >file/star.y4m; echo mounted >file/mounted
      mount --bind file/mounted file/star.y4m
      output=$(generate 1 file/star.y4m 2>&1) && fail "a mounted file was written"
      [[ $output == *"cannot replace file/star.y4m: the file is a mount point"* ]] || fail "$output"
      [[ $(<file/star.y4m) == mounted ]] || fail "a mounted file was changed"'
    echo "mount points kept their place"
    exit
  done
  echo "outputs.sh: nothing may be mounted here"
  exit 77
fi

# a folder of frames: replaced by the next run, and only that
generate 1 frames >/dev/null
cp -r frames first
generate 2 frames >/dev/null
[[ $(frames_of frames) != "$(frames_of first)" && $(ls frames) == 000000.png ]] || fail "frames were not replaced"
mkdir photos
echo mine >photos/000000.png
echo mine >photos/b.jpg
refused 1 "cannot write photos: the folder holds another file, 000000.png; only what an earlier run wrote is replaced" generate 1 photos
[[ $(ls -A photos) == $'000000.png\nb.jpg' && $(<photos/000000.png) == mine ]] || fail "photos were touched"

# a link stays a link, a folder keeps its mode, whatever its name; the folder one stands in
mkdir -m 750 day.2024
ln -s day.2024 link
generate 1 link >/dev/null
generate 1 day.2024 >/dev/null
[[ -L link && $(stat -c %a day.2024) == 750 ]] || fail "the link or the mode is gone"
[[ $(frames_of day.2024) == "$(frames_of first)" ]] || fail "the link's target was not filled"
mkdir here
(cd here && generate 1 . && generate 1 .) >/dev/null
[[ $(frames_of here) == "$(frames_of first)" ]] || fail "--output . was not filled"
refused 1 "cannot write .: the folder holds another file, day.2024;" generate 1 .

# two runs into one folder at once: the frames are of one of them
for seed in 1 2; do generate $seed both >/dev/null & done
wait
[[ $(frames_of both) == "$(frames_of first)" || $(frames_of both) == "$(frames_of frames)" ]] || fail "frames of two runs"
[[ $(ls -A both) == $'.flashvideo-files\n000000.png' ]] || fail "left: $(ls -A both)"

# killed in the midst, for all videos: what was there stays, the next run leaves no leavings
"$programs/generate" --model "$model" --prompt "a red star moves in a circle" --frames 1000 --output both --output new --output new.mp4 >/dev/null &
until [[ -e both/.flashvideo-partial/000000.png && -e new.flashvideo-partial/000000.png ]]; do sleep 0.02; done
kill -9 $!
wait $! 2>/dev/null && fail "was not killed"
[[ ! -e new && ! -e new.mp4 && $(ls both) == 000000.png ]] || fail "something half-written has a name"
generate 1 both new new.mp4 >/dev/null
[[ -z $(find . -name '*flashvideo-partial*') ]] || fail "left: $(find . -name '*flashvideo-partial*')"

# an input that is an output, two outputs that are one
cp -r first source
cp source/000000.png picture.png
cp "$model" model.safetensors
ln picture.png hard.png
for output in source source/ ./source source/sheet.png; do
  refused 2 "--output $output would " generate 1 "$output" --first-frames source
  refused 2 "--output $output would " "$programs/reconstruct" --model "$model" source --output "$output"
done
refused 2 "--output source is a folder that holds --first-frames source/000000.png" generate 1 source --first-frames source/000000.png
refused 2 "--output hard.png would overwrite input picture.png" "$programs/reconstruct" --model "$model" picture.png --output hard.png
refused 2 "--output link/../b.mp4 is the same file as --output b.mp4" generate 1 b.mp4 link/../b.mp4
refused 2 "--output frames/sheet.png lies in --output frames" generate 1 frames frames/sheet.png
mkdir clips
cp new.mp4 clips/a.mp4
printf 'a.mp4\ta red star\n' >clips/captions.tsv
echo '{}' >config.json
train() { "$programs/train" "$@" --config config.json; }
refused 2 "--output clips/captions.tsv would overwrite source" train clips --output clips/captions.tsv
refused 2 "--output clips/a.mp4 would overwrite source" train clips --output clips/a.mp4
refused 2 "--output config.json would overwrite --config" train shapes --output config.json
refused 2 "--output model.safetensors would overwrite --start model.safetensors" train shapes --start model.safetensors --output model.safetensors
refused 2 "--checkpoint t/clips.tokens is the same file as --output t/clips.tokens" train shapes --checkpoint t --output t/clips.tokens
refused 2 "--output -: " train shapes --output -
cmp -s source/000000.png first/000000.png && cmp -s picture.png hard.png && cmp -s model.safetensors "$model" || fail "an input was changed"

# numbered files: those of an earlier run are replaced, others are named
for seed in 1 2; do
  "$programs/generate" --model "$model" --prompt "a red star moves in a circle" --samples 2 --frames 1 --key-frames 2 --seed $seed --output many --format y4m
  cksum <many/0001.y4m >many.$seed
done >/dev/null
[[ $(ls many) == $'0000.y4m\n0001.y4m' ]] && ! cmp -s many.1 many.2 || fail "numbered files were not replaced"
echo mine >many/0001.y4m
refused 1 "cannot write many: the folder holds another file, 0001.y4m; only" generate 1 many --samples 2 --format y4m
[[ $(<many/0001.y4m) == mine ]] || fail "a user's numbered file was replaced"
mkdir -p many.frames/0001
echo mine >many.frames/0001/x
refused 1 "many.frames/0001: the folder holds another file, x;" generate 1 many.frames --samples 2 --format frames
[[ ! -e many.frames/0000 ]] || fail "work was done before the refusal"
mkdir -p clips.out/seen
echo mine >clips.out/seen/prompts.txt
refused 1 "cannot write clips.out: the folder holds another file, seen/prompts.txt; only" \
  "$programs/evaluate" --model "$model" --output clips.out --most-clips 1
refused 2 "--output -: " "$programs/evaluate" --model "$model" --output -
"$programs/evaluate" --model "$model" --output clips.kept --most-clips 1 --format gif >/dev/null
[[ $(find clips.kept -name '*.gif' | wc -l) -eq 1 ]] || fail "evaluate kept no clip"

# standard output takes Y4M and nothing else
generate 1 - piped.gif 2>said | cmp - <(generate 1 same.y4m >/dev/null && cat same.y4m) || fail "standard output is no Y4M"
[[ $(tail -2 said) == $'standard output\npiped.gif' && ! -e ./- ]] || fail "said: $(<said)"
generate 1 same.gif >/dev/null
cmp -s piped.gif same.gif || fail "the second output differs"
refused 2 "--output -: standard output is given Y4M, not --format gif" generate 1 - --format gif
refused 2 "several videos need one --output that is a folder" generate 1 - --samples 2
"$programs/reconstruct" --model "$model" picture.png --output - 2>said | cat >both.y4m
[[ $(head -c 9 both.y4m) == YUV4MPEG2 && $(<said) == *PSNR* ]] || fail "reconstruct gave no Y4M and said: $(<said)"
refused 1 "cannot write standard output: Broken pipe" bash -c "set -o pipefail; '$programs/generate' --model '$model' \
  --prompt 'a red star moves in a circle' --frames 30 --scale 8 --output - | head -c 1 >/dev/null"
refused 1 "cannot write standard output: No space left on device" bash -c "'$programs/evaluate' --list seen >/dev/full"

# names of 255 bytes; a limit on the size of files
for length in 251 255; do
  name=$(printf "%0$((length - 4))d" 0)
  generate 1 $name.y4m $name.gif ${name}name >/dev/null
  [[ -s $name.y4m && -s $name.gif && -s ${name}name/000000.png ]] || fail "a name of $length bytes does not fit"
done
refused 1 "File name too long" generate 1 "$(printf '%0252d' 0).y4m"
for output in small.mp4 small.y4m small.png small; do
  refused 1 "cannot write $output" bash -c "ulimit -f 1; '$programs/generate' --model '$model' --prompt 'a red star moves in a circle' \
    --frames 3 --scale 8 --output $output"
done
[[ -z $(find . -name 'small*') ]] || fail "left: $(find . -name 'small*')"

# MP4: the index in front; fragments into a pipe
place() { grep -abo -m1 "$1" "$2" | head -1 | cut -d: -f1; }
[[ $(place moov new.mp4) -lt $(place mdat new.mp4) ]] || fail "the index of new.mp4 lies behind its data"
mkfifo pipe.mp4
cat pipe.mp4 >fragments.mp4 &
generate 1 pipe.mp4 >/dev/null
wait
[[ $(place moov fragments.mp4) -lt $(place moof fragments.mp4) && $(place moof fragments.mp4) -lt $(place mdat fragments.mp4) ]] ||
  fail "no fragments in the pipe"
"$programs/reconstruct" --model "$model" fragments.mp4 --output read.y4m >/dev/null

echo "outputs kept, replaced, refused"
