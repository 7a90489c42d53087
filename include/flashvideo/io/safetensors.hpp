// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Reading and writing of safetensors files (https://github.com/huggingface/safetensors): 8 bytes N, little
/// endian; N bytes of JSON {"__metadata__": {text: text}, name: {"dtype", "shape", "data_offsets": [begin,
/// end]}}; then the tensors' bytes without holes, row-major.

#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/io/safetensors_writer.hpp"
