// SPDX-License-Identifier: MIT
#include "flashvideo/model/decoder_block.hpp"

#include "kernels/small_decoder.hpp"
#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {

constexpr index_t batch = 2, length = 5, rows = batch * length, width = 12;

struct Block {
  ParameterLayout layout;
  DecoderBlock<FlashVideoPolicy, double> block;
  std::vector<double> values;
  explicit Block(const DecoderConfiguration& sizes)
      : block(layout, "layers.0.", sizes), values(initial_values<double>(layout, 1)) {
    RandomStream random(2);
    for (double& value : values) value += 0.2 * random.normal();
  }
  ParameterView<const double> view() const { return ParameterView<const double>(values.data()); }
  Matrix<double> parameter(const std::string& name) const {
    return oracle::parameter(layout, values, "layers.0." + name);
  }
};

Matrix<double> normed(const Matrix<double>& x, const Matrix<double>& weight, double epsilon) {
  Matrix<double> y(x.rows, x.columns);
  for (index_t r = 0; r < x.rows; ++r) {
    double mean = 0;
    for (index_t c = 0; c < x.columns; ++c) mean += x(r, c) * x(r, c) / static_cast<double>(x.columns);
    for (index_t c = 0; c < x.columns; ++c) {
      y(r, c) = x(r, c) / std::sqrt(mean + epsilon) * weight.data[static_cast<std::size_t>(c)];
    }
  }
  return y;
}

}  // namespace

TEST_CASE("DecoderBlock: x + mixer(norm(x)), then + feed_forward(norm(x))") {
  DecoderConfiguration sizes = kernels::small_decoder();
  sizes.epsilon = 0.01;
  const Block model(sizes);
  RandomStream random(3);
  const Matrix<double> x(rows, width, random);
  Matrix<double> expected = x;
  const auto add = [&](const Matrix<double>& y) {
    for (std::size_t i = 0; i < y.data.size(); ++i) expected.data[i] += y.data[i];
  };
  const auto input = normed(x, model.parameter("retention_layer_norm.weight"), 0.01);
  add(oracle::multi_scale_retention(model.layout, model.values, "layers.0.retention.", input, batch, length,
                                    3, 0.01, sizes.mixer().theta, sizes.mixer().lambda));
  const auto middle = normed(expected, model.parameter("final_layer_norm.weight"), 0.01);
  Matrix<double> gated = oracle::linear(middle, model.parameter("ffn.fc1.weight"));
  const auto gate = oracle::linear(middle, model.parameter("ffn.gate.weight"));
  for (std::size_t i = 0; i < gated.data.size(); ++i) {
    gated.data[i] *= gate.data[i] / (1 + std::exp(-gated.data[i]));
  }
  add(oracle::linear(gated, model.parameter("ffn.fc2.weight")));

  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  const auto saved =
      model.block.forward(cpu, Chunkwise<2>{}, model.view(), batch, length, x.view(), workspace);
  const std::vector<double> output(saved.output.data(), saved.output.data() + saved.output.size());
  CHECK(oracle::difference(output, expected.data) < 1e-12);

  // generation gives the same rows, in place, lane by lane
  Matrix<double> generated = x;
  auto first = model.block.initial_state(cpu), second = model.block.initial_state(cpu);
  using Lane = DecoderBlock<FlashVideoPolicy, double>::Lane<Cpu>;
  const std::vector<Lane> lanes{{&first, 0, length}, {&second, length, length}};
  model.block.absorb(cpu, model.view(), std::span<const Lane>(lanes), generated.view(), workspace);
  CHECK(oracle::difference(generated.data, expected.data) < 1e-12);
}

TEST_CASE("DecoderBlock: the gradient of its input agrees with finite differences") {
  const Block model(kernels::small_decoder());
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  RandomStream random(4);
  Matrix<double> x(rows, width, random);
  const Matrix<double> dy(rows, width, random);
  const auto loss = [&] {
    workspace.release();
    const auto saved = model.block.forward(cpu, Parallel{}, model.view(), batch, length, x.view(), workspace);
    return oracle::inner(std::vector<double>(saved.output.data(), saved.output.data() + saved.output.size()),
                         dy.data);
  };
  const auto saved = model.block.forward(cpu, Parallel{}, model.view(), batch, length, x.view(), workspace);
  Matrix<double> d = dy;
  std::vector<double> gradients(model.values.size());
  model.block.backward(cpu, Parallel{}, model.view(), batch, length, x.view(), saved, d.view(),
                       ParameterView<double>(gradients.data()), workspace);
  CHECK(oracle::finite_difference_gap(x.data, d.data, loss) < 1e-7);
}

TEST_CASE("DecoderBlock: the mixer has the angles and decays of the configuration") {
  DecoderConfiguration sizes = kernels::small_decoder();
  sizes.position = Position::stored({0.5, 0.25});
  sizes.decay = Decay::stored({-0.3, -0.2, -0.1});
  const Block model(sizes);
  CHECK(model.block.mixer().sizes().theta == sizes.position.theta);
  CHECK(model.block.mixer().sizes().lambda == sizes.decay.lambda);
}
