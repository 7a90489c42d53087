#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# metrics.sh METRICS_SPEED WEIGHTS [ROUNDS]: the metrics' networks beside PyTorch, same weights, two threads, in turns in one
# sitting: seconds of a call (best of ROUNDS, default 7), ours in float32 and bfloat16 products, and how far the numbers differ.
# python3 with torch and numpy is PyTorch's side (Debian: python3-torch).
set -euo pipefail
program=$1 weights=$2 rounds=${3:-7}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
questions="i3d
alexnet 64
alexnet 256"
# each side is asked once more than is counted: the first answer loads the weights
asked() { for _ in 1 2 3; do echo "$1"; done; }
for _ in $(seq "$rounds"); do
  while IFS= read -r question; do
    name=${question// /_}
    asked "$question" | python3 "$here/metrics_torch.py" "$weights" 2 | tail -n 2 >>"$work/$name.torch"
    asked "$question" | "$program" "$weights" 2 float32 | tail -n 2 >>"$work/$name.float32"
    asked "$question" | "$program" "$weights" 2 bfloat16 | tail -n 2 >>"$work/$name.bfloat16"
  done <<<"$questions"
done
best() { sort -g "$work/$1" | head -n 1; }
echo "| call | PyTorch, s | ours float32, s | times PyTorch | ours bfloat16, s | times PyTorch | numbers: PyTorch, float32, bfloat16 |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
while IFS= read -r question; do
  name=${question// /_}
  read -r torch torch_value <<<"$(best "$name.torch")"
  read -r ours ours_value <<<"$(best "$name.float32")"
  read -r mixed mixed_value <<<"$(best "$name.bfloat16")"
  awk -v q="$question" -v a="$torch" -v b="$ours" -v c="$mixed" -v x="$torch_value" -v y="$ours_value" -v z="$mixed_value" \
    'BEGIN { printf "| %s | %.4f | %.4f | %.2f | %.4f | %.2f | %s, %s, %s |\n", q, a, b, a / b, c, a / c, x, y, z }'
done <<<"$questions"
