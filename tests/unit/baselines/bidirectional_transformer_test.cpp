// SPDX-License-Identifier: MIT
#include "baselines/bidirectional_transformer.hpp"

#include <set>

#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using namespace flashvideo::baselines;
using oracle::Matrix;

namespace {

const MixerConfiguration sizes{12, 15, 3};
const std::string prefix = "layers.0.self_attn.";

/// Softmax attention in plain loops among the places that `window_of` maps to the same number.
template <typename WindowOf>
Matrix<double> plain_block(const ParameterLayout& layout, const std::vector<double>& values,
                           const Matrix<double>& x, index_t length, const WindowOf& window_of) {
  const auto weight = [&](const std::string& name, index_t row, index_t column) {
    for (const auto& entry : layout.entries()) {
      if (entry.name == prefix + name) {
        return values[static_cast<std::size_t>(entry.offset + row * (name[0] == 'o' ? 15 : 12) + column)];
      }
    }
    throw std::logic_error(name);
  };
  const auto theta = Position::xpos().angles(4);
  const index_t rows = x.view().rows();
  const auto projected = [&](const std::string& name, index_t n, index_t row) {
    double sum = 0;
    for (index_t c = 0; c < 12; ++c) sum += weight(name, row, c) * x.view()(n, c);
    return sum;
  };
  const auto turned = [&](const std::string& name, index_t n, index_t h, index_t d) {
    const double angle = static_cast<double>(n % length) * theta[static_cast<std::size_t>(d / 2)];
    const double even = projected(name, n, 4 * h + d / 2 * 2),
                 odd = projected(name, n, 4 * h + d / 2 * 2 + 1);
    return d % 2 == 0 ? even * std::cos(angle) - odd * std::sin(angle)
                      : odd * std::cos(angle) + even * std::sin(angle);
  };
  RandomStream unused(0);
  Matrix<double> o(rows, 15, unused), y(rows, 12, unused);
  for (index_t n = 0; n < rows; ++n) {
    for (index_t h = 0; h < 3; ++h) {
      double total = 0;
      std::vector<double> sums(5);
      for (index_t m = n / length * length; m < (n / length + 1) * length; ++m) {
        if (window_of(m % length) != window_of(n % length)) continue;
        double score = 0;
        for (index_t d = 0; d < 4; ++d)
          score += turned("q_proj.weight", n, h, d) * turned("k_proj.weight", m, h, d) / 2;
        total += std::exp(score);
        for (index_t c = 0; c < 5; ++c)
          sums[static_cast<std::size_t>(c)] += std::exp(score) * projected("v_proj.weight", m, 5 * h + c);
      }
      for (index_t c = 0; c < 5; ++c) o.view()(n, 5 * h + c) = sums[static_cast<std::size_t>(c)] / total;
    }
    for (index_t c = 0; c < 12; ++c) {
      double sum = 0;
      for (index_t v = 0; v < 15; ++v) sum += weight("out_proj.weight", c, v) * o.view()(n, v);
      y.view()(n, c) = sum;
    }
  }
  return y;
}

struct Mixer {
  ParameterLayout layout;
  BidirectionalAttention<double> attention{layout, prefix, sizes};
  std::vector<double> values = initial_values<double>(layout, 2);
  Mixer() {
    for (double& value : values) value *= 3;
  }
  Matrix<double> forward(const Windows& windows, const Matrix<double>& x, index_t batch) const {
    const Cpu cpu(2);
    Workspace<Cpu> workspace(cpu);
    RandomStream unused(0);
    Matrix<double> y(x.view().rows(), 12, unused);
    attention.forward(cpu, ParameterView<const double>(values.data()), batch, windows, x.view(), y.view(),
                      workspace);
    return y;
  }
};

}  // namespace

TEST_CASE("baselines: windows are a partition of the grid") {
  const Windows windows = space_time_windows({4, 6, 8}, {2, 3, 4});
  CHECK(windows.size == 24);
  CHECK(windows.count() == 8);
  CHECK(std::set<index_t>(windows.order.begin(), windows.order.end()).size() == 192);
  for (std::size_t i = 0; i < windows.order.size(); ++i) {
    const index_t place = windows.order[i];
    const index_t t = place / 48 / 2, y = place / 8 % 6 / 3, x = place % 8 / 4;
    CHECK((t * 2 + y) * 2 + x == static_cast<index_t>(i) / 24);
  }
  const auto layers = maskvit_windows({16, 16, 16});
  CHECK(layers.at(0).count() == 16);
  CHECK(layers.at(0).size == 256);
  CHECK(layers.at(1).count() == 16);
  CHECK(layers.at(1).size == 256);
  CHECK(layers.at(1).order[16] == 256);  // the next frame of the first column
  CHECK_THROWS_AS(space_time_windows({4, 6, 8}, {3, 3, 4}), value_error);
  CHECK_THROWS_AS(space_time_windows({4, 6, 8}, {1, 0, 4}), value_error);
}

TEST_CASE("baselines: attention without a causal mask is the plain loops, within its windows") {
  const Mixer mixer;
  RandomStream random(4);
  const Matrix<double> x(2 * 24, 12, random);
  const auto check = [&](const Windows& windows, auto window_of) {
    CHECK(oracle::difference(mixer.forward(windows, x, 2).data,
                             plain_block(mixer.layout, mixer.values, x, 24, window_of).data) < 1e-12);
  };
  check(whole_sequence(24), [](index_t) { return 0; });
  check(space_time_windows({3, 2, 4}, {1, 2, 4}), [](index_t n) { return n / 8; });
  check(space_time_windows({3, 2, 4}, {3, 2, 2}), [](index_t n) { return n % 4 / 2; });
  check(space_time_windows({3, 2, 4}, {1, 1, 1}), [](index_t n) { return n; });
}

TEST_CASE("baselines: the last token of attention without a mask is that of causal attention") {
  const Mixer mixer;
  ParameterLayout layout;
  const Attention<double> causal(layout, prefix, sizes.with(Position::xpos(), Decay::retnet()));
  RandomStream random(5);
  const Matrix<double> x(17, 12, random);
  Matrix<double> expected(17, 12, random);
  const Cpu cpu(1);
  Workspace<Cpu> workspace(cpu);
  causal.forward(cpu, Parallel{}, ParameterView<const double>(mixer.values.data()), 1, 17, x.view(),
                 expected.view(), workspace);
  const auto y = mixer.forward(whole_sequence(17), x, 1);
  double first = 0;
  for (index_t c = 0; c < 12; ++c) {
    CHECK(std::abs(y.view()(16, c) - expected.view()(16, c)) < 1e-12);
    first = std::max(first, std::abs(y.view()(0, c) - expected.view()(0, c)));
  }
  CHECK(first > 1e-3);
}

TEST_CASE("baselines: the bidirectional transformer has the decoder's weights and one row for the mask") {
  DecoderConfiguration c;
  c.vocabulary = 11;
  c.d_model = 12;
  c.d_value = 15;
  c.d_feed_forward = 20;
  c.num_layers = 2;
  c.num_heads = 3;
  const Decoder<TransformerPolicy, Cpu> decoder(c);
  const BidirectionalTransformer<Cpu> whole(c, {whole_sequence(24)});
  const BidirectionalTransformer<Cpu> windowed(
      c, {space_time_windows({3, 2, 4}, {1, 2, 4}), space_time_windows({3, 2, 4}, {3, 1, 2})});
  const auto weights = [](const ParameterLayout& layout) {
    index_t sum = 0;
    for (const auto& entry : layout.entries()) sum += entry.size;
    return sum;
  };
  CHECK(weights(whole.layout()) == weights(decoder.layout()) + 12);
  const auto values = initial_values<float>(whole.layout(), 6);
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  const auto logits = [&](const auto& model, const std::vector<token_t>& tokens,
                          const std::vector<index_t>& rows) {
    std::vector<float> out(rows.size() * 11);
    model.logits(cpu, ParameterView<const float>(values.data()), tokens, rows,
                 {out.data(), {static_cast<index_t>(rows.size()), 11}}, workspace);
    return out;
  };
  std::vector<token_t> tokens;
  for (token_t n = 0; n < 24; ++n) tokens.push_back(n % 12);
  std::vector<token_t> changed = tokens;
  changed[23] = 3;  // frame 2, a column that the first token does not share
  CHECK(oracle::difference(logits(whole, tokens, {0}), logits(whole, changed, {0})) > 1e-5);
  // layer 1 carries frame 2 to (2, 0, 0), layer 2 from there to the first token
  CHECK(oracle::difference(logits(windowed, tokens, {0}), logits(windowed, changed, {0})) > 1e-7);
  const BidirectionalTransformer<Cpu> frames(c, {space_time_windows({3, 2, 4}, {1, 2, 4})});
  CHECK(logits(frames, tokens, {0}) == logits(frames, changed, {0}));
  const auto both = logits(whole, tokens, {23, 5});
  CHECK(oracle::difference(std::vector<float>(both.begin() + 11, both.end()), logits(whole, tokens, {5})) <
        1e-5);
  CHECK_THROWS_AS(logits(whole, std::vector<token_t>(23, 1), {0}), shape_error);
  CHECK_THROWS_AS(logits(whole, std::vector<token_t>(24, 12), {0}), value_error);
  CHECK_THROWS_AS(logits(whole, tokens, {24}), value_error);
}
