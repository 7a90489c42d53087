// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/image_encoder.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"

using namespace flashvideo;

namespace {

VqVaeConfiguration tiny_config() {
  VqVaeConfiguration config;
  config.image_height = config.image_width = 8;
  config.code_width = 3;
  config.encoder_channels = {4, 5};
  config.encoder_blocks = 2;
  config.encoder_hidden = 4;
  config.norm_groups = 1;
  config.decoder = {{.channels = 5, .blocks = 2, .hidden = 4, .upsample = 2, .overlaps = true},
                    {.channels = 4, .blocks = 1, .hidden = 3, .upsample = 2}};
  return config;
}

}  // namespace

TEST_CASE("ImageEncoder: gradients agree with finite differences") {
  const EncoderShape shape = GENERATE(EncoderShape::local(), EncoderShape::overlapping());
  VqVaeConfiguration config = tiny_config();
  config.encoder = shape;
  ParameterLayout layout;
  const ImageEncoder<double, Swish> encoder(layout, "encoder.", config);
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  const ImageExtent extent{2, 8, 8};
  const auto images = test::normal_numbers<double>(extent.rows() * 3, 1);
  const auto values = test::normal_numbers<double>(layout.size(), 2, 0.4);
  const auto dz = test::normal_numbers<double>(2 * 4 * 3, 3);
  const MatrixView<const double> x(images.data(), {extent.rows(), 3});
  std::vector<double> gradients(values.size());
  const auto trace =
      encoder.forward(cpu, GemmProduct{}, ParameterView<const double>(values.data()), extent, x, workspace);
  CHECK(trace.latents.shape() == Shape<2>{8, 3});
  encoder.backward(cpu, ParameterView<const double>(values.data()), x, trace,
                   MatrixView<const double>(dz.data(), {8, 3}), ParameterView<double>(gradients.data()),
                   workspace);
  test::check_gradient(
      [&](const std::vector<double>& v) {
        const auto mark = workspace.mark();
        const auto z =
            encoder.forward(cpu, GemmProduct{}, ParameterView<const double>(v.data()), extent, x, workspace)
                .latents;
        workspace.release(mark);
        return test::dot(std::vector<double>(z.data(), z.data() + z.size()), dz);
      },
      values, gradients, 1e-6, 150);
}
