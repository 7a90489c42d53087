// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/image_decoder.hpp"

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

TEST_CASE("ImageDecoder: gradients agree with finite differences") {
  const VqVaeConfiguration config = tiny_config();
  ParameterLayout layout;
  const ImageDecoder<double, Swish> decoder(layout, "decoder.", config);
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  const ImageExtent cells{2, 2, 3};
  const auto codes = test::normal_numbers<double>(cells.rows() * 3, 1);
  const auto values = test::normal_numbers<double>(layout.size(), 2, 0.4);
  const auto dy = test::normal_numbers<double>(cells.rows() * 16 * 3, 3);
  std::vector<double> gradients(values.size());
  std::vector<double> d_codes(codes.size());
  const auto forward = [&](const std::vector<double>& v, const std::vector<double>& c) {
    return decoder.forward(cpu, GemmProduct{}, ParameterView<const double>(v.data()), cells,
                           MatrixView<const double>(c.data(), {cells.rows(), 3}), workspace);
  };
  const auto trace = forward(values, codes);
  CHECK(trace.images.shape() == Shape<2>{2 * 8 * 12, 3});
  decoder.backward(cpu, ParameterView<const double>(values.data()),
                   MatrixView<const double>(codes.data(), {cells.rows(), 3}), trace,
                   MatrixView<const double>(dy.data(), trace.images.shape()),
                   MatrixView<double>(d_codes.data(), {cells.rows(), 3}),
                   ParameterView<double>(gradients.data()), workspace);
  const auto loss = [&](const std::vector<double>& v, const std::vector<double>& c) {
    const auto mark = workspace.mark();
    const auto y = forward(v, c).images;
    workspace.release(mark);
    return test::dot(std::vector<double>(y.data(), y.data() + y.size()), dy);
  };
  test::check_gradient([&](const auto& v) { return loss(v, codes); }, values, gradients, 1e-6, 150);
  test::check_gradient([&](const auto& c) { return loss(values, c); }, codes, d_codes, 1e-6);
}

TEST_CASE("ImageDecoder: the receptive field follows every convolution") {
  ParameterLayout layout;
  // enter 3x3: cells [-1, 2); two 3x3 blocks: [-3, 4); 8 pixels a cell: [-24, 32)
  VqVaeConfiguration config;
  const ReceptiveField plain = ImageDecoder<float>(layout, "a.", config).receptive_field();
  CHECK(plain.first == -24);
  CHECK(plain.end == 32);
  // overlapping windows add half a stride on each side
  config.decoder[0].overlaps = true;
  const ReceptiveField overlapping = ImageDecoder<float>(layout, "b.", config).receptive_field();
  CHECK(overlapping.first == -28);
  CHECK(overlapping.end == 36);
}
