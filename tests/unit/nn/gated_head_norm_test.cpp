// SPDX-License-Identifier: MIT
#include "flashvideo/nn/retention/gated_head_norm.hpp"

#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {
constexpr index_t length = 5, rows = 10, heads = 2, d_value = 19;
const HeadNorm<double> norm{HeadDecay({-0.2, -0.01}), 0.05, heads, d_value};
}  // namespace

TEST_CASE("GatedHeadNorm: RMSNorm of o over the root of sigma, times swish of the gate") {
  RandomStream random(1);
  const Matrix<double> o(rows, heads * d_value, random), g(rows, heads * d_value, random);
  Matrix<double> y(rows, heads * d_value);
  Cpu(2).for_each(rows * heads,
                  GatedHeadNorm<double, SequencePlaces>{norm, {length}, o.view(), g.view(), y.view()});
  for (index_t r = 0; r < rows; ++r) {
    for (index_t h = 0; h < heads; ++h) {
      double sigma = 0;
      for (index_t m = 0; m <= r % length; ++m)
        sigma += std::exp(static_cast<double>(m) * norm.decay.lambda[h]);
      double mean = 0;
      for (index_t c = 0; c < d_value; ++c)
        mean += o(r, h * d_value + c) * o(r, h * d_value + c) / sigma / d_value;
      for (index_t c = h * d_value; c < (h + 1) * d_value; ++c) {
        const double expected =
            o(r, c) / std::sqrt(sigma) / std::sqrt(mean + 0.05) * g(r, c) / (1 + std::exp(-g(r, c)));
        CHECK(y(r, c) == Approx(expected).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("GatedHeadNorm: gradients agree with finite differences, in place too") {
  RandomStream random(2);
  Matrix<double> o(rows, heads * d_value, random), g(rows, heads * d_value, random);
  const Matrix<double> dy(rows, heads * d_value, random);
  const Cpu cpu(1);
  const auto loss = [&] {
    Matrix<double> y(rows, heads * d_value);
    cpu.for_each(rows * heads,
                 GatedHeadNorm<double, SequencePlaces>{norm, {length}, o.view(), g.view(), y.view()});
    return oracle::inner(y.data, dy.data);
  };
  Matrix<double> d_o = dy, dg(rows, heads * d_value);
  cpu.for_each(rows * heads, GatedHeadNormGradient<double, SequencePlaces>{
                                 norm, {length}, o.view(), g.view(), d_o.view(), d_o.view(), dg.view()});
  CHECK(oracle::finite_difference_gap(o.data, d_o.data, loss) < 1e-7);
  CHECK(oracle::finite_difference_gap(g.data, dg.data, loss) < 1e-7);
}
