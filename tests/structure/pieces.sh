#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# pieces.sh OUTPUT COMPILER...: the pieces of code (```cpp) of guide and policies compile, as one program OUTPUT in which a
# piece that defines a type stands in a namespace of its own, any other in a function of its own.
set -euo pipefail
output=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
mkdir -p "$(dirname "$output")"
{
  printf '#include "flashvideo/%s.hpp"\n' flashvideo data/moving_shapes training/clip_sequences training/decoder_objective \
    training/trainer tokenizer/image/hvq_vae_file tokenizer/image/hvq_vae_tokenizer
  printf '#include <cstdio>\nusing namespace flashvideo;\nvoid show(const Image&);\n'
  awk '
    /^```cpp/ { inside = 1; line = FNR + 1; text = ""; kind = "function"; next }
    inside && /^```/ {
      inside = 0
      print "namespace piece" ++count " {" (kind == "function" ? " void piece() {" : "")
      printf "#line %d \"%s\"\n%s", line, FILENAME, text
      print (kind == "function" ? "} }" : "}")
    }
    inside && /^(template|struct|class)/ && !/;$/ { kind = "namespace" }
    inside { text = text $0 "\n" }
    END { if (count < 20) print "#error too few pieces of code" }' docs/guide/*.md docs/policies/*.md
} >"$output.new"
if ! cmp -s "$output.new" "$output"; then mv "$output.new" "$output"; fi
exec "$here/compile_once.sh" "$output.passed" "$@" -Wno-unused -Wno-shadow -fsyntax-only "$output"
