// SPDX-License-Identifier: MIT
#include "flashvideo/nn/batch_norm.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("fold_batch_norm: convolution and norm after one another are one convolution") {
  std::vector<float> weight{1, -2, 3, 4, 5, -6}, bias{0.5F, -1};
  const std::vector<float> gamma{2, 0.5F}, beta{1, -3}, mean{0.25F, 4}, variance{3, 0.75F};
  const std::vector<float> x{0.5F, -1, 2};
  std::vector<double> expected;
  for (std::size_t o = 0; o < 2; ++o) {
    double y = bias[o];
    for (std::size_t i = 0; i < 3; ++i) y += weight[o * 3 + i] * x[i];
    expected.push_back(gamma[o] * (y - mean[o]) / std::sqrt(variance[o] + 0.25) + beta[o]);
  }
  fold_batch_norm({gamma, beta, mean, variance}, 0.25, weight, bias);
  for (std::size_t o = 0; o < 2; ++o) {
    double y = bias[o];
    for (std::size_t i = 0; i < 3; ++i) y += weight[o * 3 + i] * x[i];
    CHECK(y == Approx(expected[o]).epsilon(1e-6));
  }
}

TEST_CASE("fold_batch_norm: without gamma it is one, extents and epsilon are checked") {
  std::vector<float> weight{3}, bias{0};
  const std::vector<float> zero{0}, four{4}, two{0, 0};
  fold_batch_norm({{}, zero, zero, four}, 1e-12, weight, bias);
  CHECK(weight[0] == Approx(1.5F));
  CHECK_THROWS_AS(fold_batch_norm({{}, two, zero, four}, 1e-5, weight, bias), shape_error);
  CHECK_THROWS_AS(fold_batch_norm({two, zero, zero, four}, 1e-5, weight, bias), shape_error);
  CHECK_THROWS_AS(fold_batch_norm({{}, zero, zero, four}, 0, weight, bias), value_error);
}
