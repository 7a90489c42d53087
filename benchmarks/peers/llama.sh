#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# llama.sh [LABEL=]BUILD_DIR...: decoding and known tokens beside llama.cpp and ik_llama.cpp, in one sitting.
# A BUILD_DIR is a folder in which a peer was built as its documentation says (CMake, Release, for this machine) with the programs
# llama-bench, llama-batched-bench and, in the first one, llama-quantize. Several of a peer may be named, such as one with OpenMP
# and one without: each is tried, and the fastest goes on. LABEL is what the page calls it (default: the revision of its source).
# Prints the Markdown of docs/benchmarks/peers.md and writes build/benchmarks/results/llama.json for benchmarks/report.sh.
#   PEERS_FOLDER  where the llama's files and our build go, 1.2 GB (default: /tmp/flashvideo-peers)
#   DECODE_SPEED  our program (default: built there)
#   REPETITIONS   turns of each side (default: 5)
#   LOADED=1      measures beside a busy core as well
#   OPTIONS       more options of llama_decode.py, such as "--storages int8 int4"
set -euo pipefail
if [[ $# -eq 0 || ! -x ${1##*=}/bin/llama-quantize ]]; then
  echo "usage: llama.sh [LABEL=]BUILD_DIR... (folders in which llama.cpp or ik_llama.cpp was built)" >&2
  exit 2
fi
here=$(dirname "$(realpath "$0")")
root=$(realpath "$here/../..")
folder=$(realpath -m "${PEERS_FOLDER:-/tmp/flashvideo-peers}")
results=$(realpath -m "${FLASHVIDEO_BUILD_DIR:-$root/build}")/benchmarks/results
read -ra options <<<"${OPTIONS:-}"
[[ ${LOADED:-0} == 0 ]] || options+=(--loaded)
mkdir -p "$folder" "$results"

program=${DECODE_SPEED:-}
if [[ -z $program ]]; then
  cmake -S "$root" -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DFLASHVIDEO_BUILD_TESTS=OFF \
    -DFLASHVIDEO_BUILD_EXAMPLES=OFF >"$folder/cmake.log"
  cmake --build "$folder/build" --target decode_speed >"$folder/build.log"
  program=$(find "$folder/build" -name decode_speed -type f)
fi

model() { echo "$folder/llama-$1.gguf"; }
if [[ ! -f $(model F32) ]]; then
  python3 "$here/llama_model.py" "$folder/unfinished.gguf"
  mv "$folder/unfinished.gguf" "$(model F32)"
fi
for storage in F16 BF16 Q8_0 Q4_0 Q4_0-pure; do # pure: the head as Q4_0 too, which is Q6_K otherwise
  [[ ! -f $(model $storage) ]] || continue
  pure=()
  [[ $storage != *-pure ]] || pure=(--pure)
  "${1##*=}/bin/llama-quantize" "${pure[@]}" "$(model F32)" "$folder/unfinished.gguf" "${storage%-pure}" 2 \
    >"$folder/quantize.log" 2>&1 || { cat "$folder/quantize.log" >&2; exit 1; }
  mv "$folder/unfinished.gguf" "$(model $storage)"
done

settings=
for name in REPETITIONS LOADED OPTIONS; do
  [[ -z ${!name:-} ]] || settings+="$name=\"${!name}\" "
done
exec python3 "$here/llama_decode.py" --program "$program" --model "$folder/llama-{}.gguf" --json "$results/llama.json" \
  --repetitions "${REPETITIONS:-5}" --command "${settings}benchmarks/peers/llama.sh BUILD_DIR..." "${options[@]}" -- "$@"
