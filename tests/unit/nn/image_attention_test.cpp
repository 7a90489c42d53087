// SPDX-License-Identifier: MIT
#include "flashvideo/nn/image_attention.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"
#include "support/oracle/convolution.hpp"

using namespace flashvideo;

namespace {

template <typename Scalar>
struct Run {
  ParameterLayout layout;
  ImageAttention<Scalar> attention;
  Cpu cpu;
  Workspace<Cpu> workspace;

  Run(index_t channels, index_t groups, const Cpu& backend = Cpu(2))
      : attention(layout, "attn", channels, groups), cpu(backend), workspace(cpu) {}

  template <typename Product>
  std::vector<Scalar> operator()(Product kind, const ImageExtent& extent, const std::vector<Scalar>& values,
                                 const std::vector<Scalar>& x) {
    std::vector<Scalar> y(x.size());
    const Shape<2> shape{extent.rows(), attention.channels()};
    attention.apply(cpu, kind, ParameterView<const Scalar>(values.data()), extent,
                    MatrixView<const Scalar>(x.data(), shape), MatrixView<Scalar>(y.data(), shape),
                    workspace);
    return y;
  }
  oracle::Numbers tensor(const std::string& name, const std::vector<Scalar>& values) const {
    for (const auto& entry : layout.entries()) {
      if (entry.name != "attn." + name) continue;
      const auto first = values.begin() + entry.offset;
      return {first, first + entry.size};
    }
    throw value_error("no tensor " + name);
  }
};

/// x + proj_out(softmax(q k^T / sqrt(C)) v), in plain loops.
template <typename Scalar>
oracle::Numbers plain_loops(const Run<Scalar>& run, const ImageExtent& extent, index_t channels,
                            index_t groups, const std::vector<Scalar>& values, const std::vector<Scalar>& x) {
  const oracle::Numbers in(x.begin(), x.end());
  const auto convolve = [&](const std::string& name, const oracle::Numbers& from) {
    return oracle::convolve(extent, extent, channels, channels, 1, 1, 0, from,
                            run.tensor(name + ".weight", values), run.tensor(name + ".bias", values));
  };
  const auto n = oracle::group_norm(extent, channels, groups, 1e-6, in, run.tensor("norm.weight", values),
                                    run.tensor("norm.bias", values));
  const auto q = convolve("q", n), k = convolve("k", n), v = convolve("v", n);
  oracle::Numbers attended(in.size());
  const index_t pixels = extent.pixels();
  for (index_t b = 0; b < extent.count; ++b)
    for (index_t i = b * pixels; i < (b + 1) * pixels; ++i) {
      std::vector<double> weights;
      double total = 0;
      for (index_t j = b * pixels; j < (b + 1) * pixels; ++j) {
        double score = 0;
        for (index_t c = 0; c < channels; ++c)
          score += oracle::at(q, i * channels + c) * oracle::at(k, j * channels + c);
        weights.push_back(std::exp(score / std::sqrt(static_cast<double>(channels))));
        total += weights.back();
      }
      for (index_t j = 0; j < pixels; ++j)
        for (index_t c = 0; c < channels; ++c)
          oracle::at(attended, i * channels + c) +=
              oracle::at(weights, j) / total * oracle::at(v, (b * pixels + j) * channels + c);
    }
  auto y = convolve("proj_out", attended);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += in[i];
  return y;
}

}  // namespace

TEMPLATE_TEST_CASE("ImageAttention: equals the plain loops, by both products", "", float, double) {
  struct Case {
    ImageExtent extent;
    index_t channels, groups;
  };
  // 300 pixels: a slice of the queries ends within an image
  for (const Case& c : {Case{{2, 3, 5}, 6, 3}, Case{{3, 1, 1}, 4, 1}, Case{{1, 15, 20}, 17, 1}}) {
    Run<TestType> run(c.channels, c.groups);
    const auto values = test::normal_numbers<TestType>(run.layout.size(), 1, 0.6);
    const auto x = test::normal_numbers<TestType>(c.extent.rows() * c.channels, 2);
    const auto expected = plain_loops(run, c.extent, c.channels, c.groups, values, x);
    const double tolerance = sizeof(TestType) == 4 ? 5e-6 : 1e-13;
    CHECK(test::largest_error(run(GemmProduct{}, c.extent, values, x), expected) < tolerance);
    CHECK(test::largest_error(run(RowsProduct{}, c.extent, values, x), expected) < tolerance);
  }
}

TEST_CASE("ImageAttention: many images are the same as one at a time, bit for bit, on any threads and form") {
  const ImageExtent one{1, 6, 7}, many{3, 6, 7};
  Run<float> reference(12, 4, Cpu(1, InstructionSet::baseline));
  const auto values = test::normal_numbers<float>(reference.layout.size(), 3, 0.5);
  const auto x = test::normal_numbers<float>(many.rows() * 12, 4);
  std::vector<float> expected;
  for (index_t b = 0; b < many.count; ++b) {
    const auto first = x.begin() + b * one.rows() * 12;
    const auto y = reference(RowsProduct{}, one, values, {first, first + one.rows() * 12});
    expected.insert(expected.end(), y.begin(), y.end());
  }
  for (const auto form : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
    for (const int threads : {1, 3}) {
      Run<float> run(12, 4, Cpu(threads, form));
      CHECK(run(RowsProduct{}, many, values, x) == expected);
    }
  }
}

TEST_CASE("ImageAttention: groups that do not divide the channels are refused") {
  ParameterLayout layout;
  CHECK_THROWS_WITH(ImageAttention<float>(layout, "attn", 6, 4),
                    "GroupNorm: 4 groups, expected a divisor of the 6 channels");
}
