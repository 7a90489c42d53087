// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/hvq_vae_encoder.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"
#include "support/hvq_vae_weights.hpp"
#include "support/oracle/convolution.hpp"

using namespace flashvideo;

TEST_CASE("HvqVaeHalving: means of 2 x 2 pixels plus the convolution that is padded below and to the right") {
  ParameterLayout layout;
  const HvqVaeHalving<double> halving(layout, "down_samplers.0", 3);
  REQUIRE(layout.entries()[0].name == "down_samplers.0.conv_down_sampler.conv.weight");
  const Cpu cpu(2);
  const ImageExtent in{2, 6, 4}, out{2, 3, 2};
  const auto values = test::normal_numbers<double>(layout.size(), 1);
  const auto x = test::normal_numbers<double>(in.rows() * 3, 2);
  Workspace<Cpu> workspace(cpu);
  ImageBuffers<double> images(workspace, in, in.rows() * 3);
  images.step(in, 3, [&](const auto&, const auto& y) { cpu.copy(y.data(), x.data(), y.size()); });
  halving.apply(cpu, RowsProduct{}, ParameterView<const double>(values.data()), images, workspace);
  REQUIRE(images.extent() == out);
  const auto part = [&](std::size_t i) {
    const auto first = values.begin() + layout.entries()[i].offset;
    return oracle::Numbers(first, first + layout.entries()[i].size);
  };
  auto expected = oracle::convolve(in, out, 3, 3, 3, 2, 0, x, part(0), part(1));
  for (index_t r = 0; r < out.rows(); ++r)
    for (index_t c = 0; c < 3; ++c) {
      const index_t b = r / 6, y = r % 6 / 2, column = r % 2;
      for (const index_t dy : {0, 1})
        for (const index_t dx : {0, 1})
          oracle::at(expected, r * 3 + c) +=
              oracle::at(x, ((b * 6 + 2 * y + dy) * 4 + 2 * column + dx) * 3 + c) / 4;
    }
  const double* ours = images.images().data();
  CHECK(test::largest_error(std::vector<double>(ours, ours + out.rows() * 3), expected) < 1e-14);
}

TEST_CASE("HvqVaeEncoder: a halving more halves the latents of the finest rate") {
  const HvqVaeConfiguration configuration = test::tiny_hvq_vae();
  ParameterLayout layout, apart;
  const HvqVaeEncoder<float> encoder(layout, configuration);
  const Cpu cpu(2);
  std::vector<float> numbers(static_cast<std::size_t>(layout.size()));
  for (const auto& entry : layout.entries())
    test::HashedParameters{}(entry, std::span<float>(numbers).subspan(static_cast<std::size_t>(entry.offset),
                                                                      static_cast<std::size_t>(entry.size)));
  const ImageExtent extent{2, 12, 8};
  const auto pixels = test::normal_numbers<float>(extent.rows() * 3, 3);
  CHECK(encoder.cells_of(extent, 0) == ImageExtent{2, 6, 4});
  CHECK(encoder.cells_of(extent, 1) == ImageExtent{2, 3, 2});
  Workspace<Cpu> workspace(cpu);
  const auto latents = [&](std::size_t halvings) {
    std::vector<float> z(static_cast<std::size_t>(encoder.cells_of(extent, halvings).rows() * 3));
    encoder.forward(cpu, RowsProduct{}, ParameterView<const float>(numbers.data()), extent,
                    MatrixView<const float>(pixels.data(), {extent.rows(), 3}), halvings,
                    MatrixView<float>(z.data(), {encoder.cells_of(extent, halvings).rows(), 3}), workspace);
    return z;
  };
  const auto finest = latents(0);
  ImageBuffers<float> images(workspace, encoder.cells_of(extent, 0), static_cast<index_t>(finest.size()));
  images.step(images.extent(), 3,
              [&](const auto&, const auto& y) { cpu.copy(y.data(), finest.data(), y.size()); });
  const HvqVaeHalving<float> halving(apart, "down_samplers.0", 3);
  std::vector<float> own(static_cast<std::size_t>(apart.size()));
  for (const auto& entry : apart.entries())
    test::HashedParameters{}(entry, std::span<float>(own).subspan(static_cast<std::size_t>(entry.offset),
                                                                  static_cast<std::size_t>(entry.size)));
  halving.apply(cpu, RowsProduct{}, ParameterView<const float>(own.data()), images, workspace);
  const auto coarse = latents(1);
  CHECK(std::equal(coarse.begin(), coarse.end(), images.images().data()));
}
