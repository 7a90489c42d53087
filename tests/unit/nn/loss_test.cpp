// SPDX-License-Identifier: MIT
#include "flashvideo/nn/loss.hpp"

#include <numeric>

#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {

std::vector<token_t> labels_of(index_t rows, index_t width) {
  std::vector<token_t> labels;
  for (index_t r = 0; r < rows; ++r) labels.push_back(static_cast<token_t>((5 * r + 3) % width));
  return labels;
}

// -log softmax(logits)[label] of one row.
template <typename Scalar>
double plain_loss(const Matrix<Scalar>& logits, index_t row, token_t label) {
  double peak = -1e300;
  for (index_t c = 0; c < logits.columns; ++c) peak = std::max(peak, static_cast<double>(logits(row, c)));
  double total = 0;
  for (index_t c = 0; c < logits.columns; ++c) total += std::exp(static_cast<double>(logits(row, c)) - peak);
  return std::log(total) + peak - static_cast<double>(logits(row, label));
}

}  // namespace

TEMPLATE_TEST_CASE("cross_entropy: the sum of -log softmax, whatever the width and the size of the logits",
                   "", float, double) {
  for (const index_t width : {1, 2, 15, 16, 17, 40}) {
    for (const double scale : {1.0, 30.0, 1e4}) {
      RandomStream random(1);
      Matrix<TestType> logits(9, width, random);
      for (TestType& value : logits.data) value = static_cast<TestType>(static_cast<double>(value) * scale);
      const auto labels = labels_of(9, width);
      double expected = 0;
      std::vector<double> rows;
      for (index_t r = 0; r < 9; ++r) {
        rows.push_back(plain_loss(logits, r, labels[static_cast<std::size_t>(r)]));
        expected += rows.back();
      }
      std::vector<TestType> losses(9);
      const double total = cross_entropy(Cpu(2), logits.view(), labels.data(), losses.data(), TestType{1});
      CAPTURE(width, scale);
      CHECK(total == Approx(expected).epsilon(1e-5).margin(1e-5 * scale));
      for (std::size_t r = 0; r < 9; ++r) {
        CHECK(static_cast<double>(losses[r]) == Approx(rows[r]).epsilon(1e-4).margin(1e-5 * scale));
      }
    }
  }
}

TEST_CASE("cross_entropy: the logits become the scaled gradient") {
  for (const index_t width : {1, 17, 32}) {
    RandomStream random(2);
    Matrix<double> logits(5, width, random);
    for (double& value : logits.data) value *= 3;
    const auto labels = labels_of(5, width);
    std::vector<double> losses(5);
    const auto loss = [&] {
      Matrix<double> copy = logits;
      return 0.25 * cross_entropy(Cpu(1), copy.view(), labels.data(), losses.data(), 1.0);
    };
    Matrix<double> gradient = logits;
    cross_entropy(Cpu(1), gradient.view(), labels.data(), losses.data(), 0.25);
    if (width > 1) CHECK(oracle::finite_difference_gap(logits.data, gradient.data, loss) < 1e-7);
    for (index_t r = 0; r < 5; ++r) {
      double sum = 0;
      for (index_t c = 0; c < width; ++c) sum += gradient(r, c);
      CHECK(std::abs(sum) < 1e-14);
    }
  }
}
