// SPDX-License-Identifier: MIT
#pragma once
/// Files of the metric networks whose tensors are zero but for those that a test names.

#include <map>
#include <string>
#include <vector>

#include "flashvideo/io/safetensors_writer.hpp"
#include "flashvideo/metrics/i3d.hpp"
#include "flashvideo/metrics/lpips_trunk.hpp"

namespace flashvideo::test {

/// Names and extents of a network's tensors.
using TensorShapes = std::map<std::string, std::vector<index_t>>;

inline TensorShapes i3d_shapes() {
  TensorShapes shapes;
  const auto unit = [&](const std::string& name, index_t d_in, index_t d_out, index_t kernel) {
    shapes[name + ".conv3d.weight"] = {d_out, d_in, kernel, kernel, kernel};
    for (const char* part : {".bn.bias", ".bn.running_mean", ".bn.running_var"})
      shapes[name + part] = {d_out};
  };
  unit("Conv3d_1a_7x7", 3, 64, 7);
  unit("Conv3d_2b_1x1", 64, 64, 1);
  unit("Conv3d_2c_3x3", 64, 192, 3);
  const struct {
    const char* name;
    index_t d_in, c[6];
  } blocks[] = {
      {"Mixed_3b", 192, {64, 96, 128, 16, 32, 32}},     {"Mixed_3c", 256, {128, 128, 192, 32, 96, 64}},
      {"Mixed_4b", 480, {192, 96, 208, 16, 48, 64}},    {"Mixed_4c", 512, {160, 112, 224, 24, 64, 64}},
      {"Mixed_4d", 512, {128, 128, 256, 24, 64, 64}},   {"Mixed_4e", 512, {112, 144, 288, 32, 64, 64}},
      {"Mixed_4f", 528, {256, 160, 320, 32, 128, 128}}, {"Mixed_5b", 832, {256, 160, 320, 32, 128, 128}},
      {"Mixed_5c", 832, {384, 192, 384, 48, 128, 128}}};
  for (const auto& block : blocks) {
    const std::string name = block.name;
    unit(name + ".b0", block.d_in, block.c[0], 1);
    unit(name + ".b1a", block.d_in, block.c[1], 1);
    unit(name + ".b1b", block.c[1], block.c[2], 3);
    unit(name + ".b2a", block.d_in, block.c[3], 1);
    unit(name + ".b2b", block.c[3], block.c[4], 3);
    unit(name + ".b3b", block.d_in, block.c[5], 1);
  }
  shapes["logits.conv3d.weight"] = {400, 1024, 1, 1, 1};
  shapes["logits.conv3d.bias"] = {400};
  return shapes;
}

inline TensorShapes alexnet_shapes() {
  return {{"features.0.weight", {64, 3, 11, 11}},   {"features.0.bias", {64}},
          {"features.3.weight", {192, 64, 5, 5}},   {"features.3.bias", {192}},
          {"features.6.weight", {384, 192, 3, 3}},  {"features.6.bias", {384}},
          {"features.8.weight", {256, 384, 3, 3}},  {"features.8.bias", {256}},
          {"features.10.weight", {256, 256, 3, 3}}, {"features.10.bias", {256}},
          {"lin0.model.1.weight", {1, 64, 1, 1}},   {"lin1.model.1.weight", {1, 192, 1, 1}},
          {"lin2.model.1.weight", {1, 384, 1, 1}},  {"lin3.model.1.weight", {1, 256, 1, 1}},
          {"lin4.model.1.weight", {1, 256, 1, 1}}};
}

inline TensorShapes vgg16_shapes() {
  TensorShapes shapes;
  index_t d_in = 3, layer = 0;
  for (const index_t d_out : {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512}) {
    if (d_out == 0) {  // a pooling, which torchvision counts
      ++layer;
      continue;
    }
    shapes["features." + std::to_string(layer) + ".weight"] = {d_out, d_in, 3, 3};
    shapes["features." + std::to_string(layer) + ".bias"] = {d_out};
    layer += 2;
    d_in = d_out;
  }
  for (const auto& [lin, width] : {std::pair{0, 64}, {1, 128}, {2, 256}, {3, 512}, {4, 512}})
    shapes["lin" + std::to_string(lin) + ".model.1.weight"] = {1, width, 1, 1};
  return shapes;
}

/// Writes the tensors: `values` those that are given, zeros the others.
inline void write_weights(const std::string& path, const TensorShapes& shapes,
                          const std::map<std::string, std::vector<float>>& values = {}) {
  SafetensorsWriter writer;
  for (const auto& [name, shape] : shapes) {
    const auto given = values.find(name);
    if (given != values.end()) {
      writer.add<float>(name, shape, given->second);
      continue;
    }
    index_t bytes = 2;
    for (const index_t extent : shape) bytes *= extent;
    writer.add(name, DType::F16, shape, [bytes](const SafetensorsWriter::Put& put) {
      put(std::vector<std::byte>(static_cast<std::size_t>(bytes)));
    });
  }
  writer.write(path);
}

}  // namespace flashvideo::test
