// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/hvq_vae_level.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"

using namespace flashvideo;

namespace {

/// Names without their last part, each once, in order.
std::vector<std::string> layers(const ParameterLayout& layout) {
  std::vector<std::string> names;
  for (const auto& entry : layout.entries()) {
    const std::string name = entry.name.substr(0, entry.name.rfind('.'));
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("HvqVaeLevel: blocks and attentions have icetk's names") {
  ParameterLayout layout;
  HvqVaeLevel<float>::resolution(layout, "up.4", 4, 8, 2, 2, true);
  CHECK(layers(layout) ==
        std::vector<std::string>{"up.4.attn.0.k", "up.4.attn.0.norm", "up.4.attn.0.proj_out", "up.4.attn.0.q",
                                 "up.4.attn.0.v", "up.4.attn.1.k", "up.4.attn.1.norm", "up.4.attn.1.proj_out",
                                 "up.4.attn.1.q", "up.4.attn.1.v", "up.4.block.0.conv1", "up.4.block.0.conv2",
                                 "up.4.block.0.nin_shortcut", "up.4.block.0.norm1", "up.4.block.0.norm2",
                                 "up.4.block.1.conv1", "up.4.block.1.conv2", "up.4.block.1.norm1",
                                 "up.4.block.1.norm2"});
  ParameterLayout middle;
  HvqVaeLevel<float>::middle(middle, "mid", 4, 2);
  CHECK(layers(middle) ==
        std::vector<std::string>{"mid.attn_1.k", "mid.attn_1.norm", "mid.attn_1.proj_out", "mid.attn_1.q",
                                 "mid.attn_1.v", "mid.block_1.conv1", "mid.block_1.conv2",
                                 "mid.block_1.norm1", "mid.block_1.norm2", "mid.block_2.conv1",
                                 "mid.block_2.conv2", "mid.block_2.norm1", "mid.block_2.norm2"});
}

TEST_CASE("HvqVaeLevel: it is its blocks and attentions one after another") {
  ParameterLayout layout, apart;
  const auto level = HvqVaeLevel<float>::resolution(layout, "up.0", 4, 6, 1, 2, true);
  const ResidualBlock<float, Swish> block(
      apart, "up.0.block.0",
      {.channels = 4, .hidden = 6, .second_kernel = 3, .norm_groups = 2, .channels_out = 6});
  const ImageAttention<float> attention(apart, "up.0.attn.0", 6, 2);
  REQUIRE(layout.size() == apart.size());
  const Cpu cpu(2);
  const auto numbers = test::normal_numbers<float>(layout.size(), 1, 0.4);
  const ParameterView<const float> values(numbers.data());
  const ImageExtent extent{2, 3, 4};
  const auto x = test::normal_numbers<float>(extent.rows() * 4, 2);
  const MatrixView<const float> in(x.data(), {extent.rows(), 4});
  Workspace<Cpu> workspace(cpu);
  ImageBuffers<float> images(workspace, extent, extent.rows() * 6);
  images.step(extent, 4, [&](const auto&, const auto& y) { cpu.copy(y.data(), x.data(), y.size()); });
  level.apply(cpu, RowsProduct{}, values, images, workspace);
  std::vector<float> first(static_cast<std::size_t>(extent.rows() * 6)), second(first.size());
  const MatrixView<float> middle(first.data(), {extent.rows(), 6}), out(second.data(), {extent.rows(), 6});
  block.apply(cpu, RowsProduct{}, values, extent, in, middle, workspace);
  attention.apply(cpu, RowsProduct{}, values, extent, middle, out, workspace);
  CHECK(std::equal(second.begin(), second.end(), images.images().data()));
}

TEST_CASE("ImageBuffers: the largest image of halved resolutions counts its neighbours' channels") {
  CHECK(ImageBuffers<float>::largest({4, 8, 16}, {1, 8, 8}) == 64 * 8);  // 4 channels meet 8 at 8 x 8 pixels
  CHECK(ImageBuffers<float>::largest({4}, {2, 8, 8}) == 128 * 4);
  CHECK(ImageBuffers<float>::largest({1, 1, 64}, {1, 8, 8}) == 16 * 64);
  CHECK(ImageBuffers<float>::at_level({2, 8, 12}, 2) == ImageExtent{2, 2, 3});
}
