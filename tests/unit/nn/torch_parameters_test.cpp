// SPDX-License-Identifier: MIT
#include "flashvideo/nn/torch_parameters.hpp"

#include <vector>

#include "flashvideo/io/safetensors_writer.hpp"
#include "flashvideo/nn/conv2d.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

std::vector<float> numbers(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
  return values;
}

}  // namespace

TEST_CASE("TorchParameters: a convolution's weights are turned, all else comes as it lies") {
  ParameterLayout layout;
  const Conv2d<float> conv(layout, "conv", 2, 3, {.kernel = 3});
  const auto matrix = layout.add("matrix", Shape<2>{2, 5}, Initializer::normal(1));
  const test::TemporaryFolder folder;
  const std::string path = folder.file("torch.safetensors");
  const auto weight = numbers(54);
  SafetensorsWriter writer;
  writer.add<float>("net.conv.weight", {3, 2, 3, 3}, weight);
  writer.add_owned<float>("net.conv.bias", {3}, {7, 8, 9});
  writer.add_owned<float>("net.matrix", {2, 5}, numbers(10));
  writer.write(path);
  const SafetensorsFile file(path);
  const TorchParameters source(file, "net.");
  std::vector<float> flat(static_cast<std::size_t>(layout.size()));
  for (const auto& entry : layout.entries())
    source(entry, std::span<float>(flat).subspan(static_cast<std::size_t>(entry.offset),
                                                 static_cast<std::size_t>(entry.size)));
  std::vector<float> expected(54);
  conv.weight_from_torch(weight.data(), expected.data());
  const auto part = [&](index_t offset, index_t size) {
    return std::vector<float>(flat.begin() + offset, flat.begin() + offset + size);
  };
  CHECK(part(conv.weight().offset, 54) == expected);
  CHECK(part(conv.bias().offset, 3) == std::vector<float>{7, 8, 9});
  CHECK(part(matrix.offset, 10) == numbers(10));
}

TEST_CASE("TorchParameters: a weight in our own order of axes is refused by its name") {
  ParameterLayout layout;
  const Conv2d<float> conv(layout, "conv", 2, 4, {.kernel = 3, .bias = false});
  const test::TemporaryFolder folder;
  const std::string path = folder.file("ours.safetensors");
  SafetensorsWriter writer;
  writer.add_owned<float>("conv.weight", {4, 3, 3, 2}, numbers(72));
  writer.write(path);
  const SafetensorsFile file(path);
  std::vector<float> out(72);
  CHECK_THROWS_WITH(TorchParameters(file)(layout.entries()[0], std::span<float>(out)),
                    Catch::Contains("conv.weight") && Catch::Contains("(4, 2, 3, 3)"));
}
