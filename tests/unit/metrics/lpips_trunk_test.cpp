// SPDX-License-Identifier: MIT
#include "flashvideo/metrics/lpips_trunk.hpp"

#include <array>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/metric_weights.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("LpipsNetwork: the layers' extents and widths are torchvision's") {
  const Cpu cpu(2);
  const auto extents = [&](LpipsTrunk trunk, index_t side) {
    const LpipsNetwork network(trunk);
    const std::vector<float> values(static_cast<std::size_t>(network.layout().size()));
    Workspace<Cpu> workspace(cpu);
    std::vector<std::pair<index_t, index_t>> found;
    network.for_each_layer(cpu, ParameterView<const float>(values.data()), {1, side, side},
                           std::vector<float>(static_cast<std::size_t>(side * side * 3)), workspace,
                           [&](std::size_t, const ImageExtent& extent, std::span<const float> features) {
                             found.emplace_back(extent.height,
                                                static_cast<index_t>(features.size()) / extent.rows());
                           });
    return found;
  };
  using Pairs = std::vector<std::pair<index_t, index_t>>;
  CHECK(extents(LpipsTrunk::alexnet, 64) == Pairs{{15, 64}, {7, 192}, {3, 384}, {3, 256}, {3, 256}});
  CHECK(extents(LpipsTrunk::alexnet, 60) == Pairs{{14, 64}, {6, 192}, {2, 384}, {2, 256}, {2, 256}});
  CHECK(extents(LpipsTrunk::vgg16, 32) == Pairs{{32, 64}, {16, 128}, {8, 256}, {4, 512}, {2, 512}});
  CHECK_THROWS_AS(extents(LpipsTrunk::alexnet, 6), shape_error);
}

TEST_CASE("LpipsNetwork: a missing or unknown tensor is named") {
  const TemporaryFolder folder(fast_parent());
  const LpipsNetwork network(LpipsTrunk::alexnet);
  std::array<std::vector<float>, LpipsNetwork::num_layers> lin;
  const auto read = [&] { network.read(SafetensorsFile(folder.file("alex")), lin); };
  TensorShapes shapes = alexnet_shapes();
  shapes.erase("lin3.model.1.weight");
  write_weights(folder.file("alex"), shapes);
  CHECK_THROWS_WITH(read(), folder.file("alex") + ": has no tensor \"lin3.model.1.weight\"");
  shapes = alexnet_shapes();
  shapes["classifier.1.weight"] = {2, 2};
  write_weights(folder.file("alex"), shapes);
  CHECK_THROWS_WITH(
      read(),
      folder.file("alex") + ": has the extra tensor \"classifier.1.weight\", which this LPIPS does not have");
}
