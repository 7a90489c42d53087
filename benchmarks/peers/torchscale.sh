#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# torchscale.sh SOURCE_DIR: training and decoding beside microsoft/torchscale's RetNet, in one sitting.
# SOURCE_DIR is a checkout of github.com/microsoft/torchscale. Prints the Markdown of docs/benchmarks/peers.md.
#   PEERS_FOLDER  where the Python environment and the build go (default: /tmp/flashvideo-peers)
#   PEERS_VENV    an environment with torch, numpy, safetensors and einops (default: made there)
#   STEPS         training steps of float32 (default: 100); bfloat16 makes BF16_STEPS (default: half)
#   D768_STEPS    steps of the model of 97.5 M parameters (default: 4); LONG_STEPS of one sequence of 1,024 to
#                 16,384 tokens (default: 4)
#   COMPILE       "yes": torchscale under torch.compile as well (default: yes)
#   DECODE        options of torchscale_decode.py (default: --contexts 128 1024)
set -euo pipefail
if [[ $# -ne 1 || ! -f $1/torchscale/architecture/retnet.py ]]; then
  echo "usage: torchscale.sh SOURCE_DIR (a checkout of microsoft/torchscale)" >&2
  exit 2
fi
source_dir=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
root=$(realpath "$here/../..")
folder=${PEERS_FOLDER:-/tmp/flashvideo-peers}
venv=${PEERS_VENV:-$folder/venv}
steps=${STEPS:-100}
read -ra decode_options <<<"${DECODE:---contexts 128 1024}"
begin=$SECONDS
mkdir -p "$folder"

if [[ ! -x $venv/bin/python ]]; then python3 -m venv "$venv"; fi
if ! "$venv/bin/python" -c 'import einops, numpy, safetensors, torch' 2>/dev/null; then
  echo "installing torch into $venv" >&2
  "$venv/bin/pip" install --quiet torch numpy safetensors einops >&2
fi
cmake -S "$root" -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DFLASHVIDEO_BUILD_TESTS=OFF \
  -DFLASHVIDEO_BUILD_EXAMPLES=OFF >"$folder/cmake.log"
cmake --build "$folder/build" --target train_speed decode_speed >"$folder/build.log"
train=$(find "$folder/build" -name train_speed -type f)
decode=$(find "$folder/build" -name decode_speed -type f)

# Two threads on both sides; numpy chooses its own kernels.
export OMP_NUM_THREADS=2 MKL_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
measured=$SECONDS
revision() { git -C "$1" rev-parse --short HEAD 2>/dev/null || echo "no git checkout"; }
cat <<MACHINE
| what | |
| --- | --- |
| machine | $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores, two threads used |
| load before | $(cut -d' ' -f1-3 /proc/loadavg) |
| compiler | $(c++ --version | head -1), -O3 |
| torch | $("$venv/bin/python" -c 'import torch; print(torch.__version__, torch.backends.cpu.get_cpu_capability())') |
| torchscale | $(revision "$source_dir") |
| flashvideo | $(revision "$root") |
| date | $(date -u +%Y-%m-%d) |

MACHINE
run() { "$venv/bin/python" "$here/$1" --source "$source_dir" "${@:2}"; }
compile=()
[[ ${COMPILE:-yes} != yes ]] || compile=(--compile)
train() { run torchscale_training.py --program "$train" "$@"; }
train --precision float32 --steps "$steps" "${compile[@]}"
train --precision bfloat16 --steps "${BF16_STEPS:-$((steps / 2))}" "${compile[@]}"
train --precision float32 --size d768 --batch 2 --turn 1 --steps "${D768_STEPS:-4}" "${compile[@]}"
for length in 1024 4096 16384; do
  train --precision float32 --chunkwise --batch 1 --length "$length" --turn 1 --steps "${LONG_STEPS:-4}"
done
run torchscale_decode.py --program "$decode" --size d192 "${decode_options[@]}"
run torchscale_decode.py --program "$decode" --size d768 "${decode_options[@]}"
echo "Measured in $((SECONDS - measured)) s, after $((measured - begin)) s of preparation."
