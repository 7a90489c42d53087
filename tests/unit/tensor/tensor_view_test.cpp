// SPDX-License-Identifier: MIT
#include "flashvideo/tensor/tensor_view.hpp"

#include <numeric>
#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {
std::vector<int> counted(int n) {
  std::vector<int> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 0);
  return values;
}
}  // namespace

TEST_CASE("TensorView: a dense tensor is row-major") {
  auto data = counted(24);
  const TensorView<int, 3> x(data.data(), {2, 3, 4});
  for (index_t i = 0; i < 2; ++i) {
    for (index_t j = 0; j < 3; ++j) {
      for (index_t k = 0; k < 4; ++k) {
        REQUIRE(x(i, j, k) == 12 * i + 4 * j + k);
        REQUIRE(x[i](j, k) == x(i, j, k));
        REQUIRE(x[i][j](k) == x(i, j, k));
      }
    }
  }
  REQUIRE(x.size() == 24);
  REQUIRE(x.rows() == 2);
  REQUIRE(x.width() == 4);
  REQUIRE(x.dense());
  REQUIRE(x.row(1) == data.data() + 12);
}

TEST_CASE("TensorView: rows and columns are views of the same memory") {
  auto data = counted(20);
  const MatrixView<int> x(data.data(), {4, 5});
  const auto block = x.rows(1, 2).columns(2, 3);
  REQUIRE(block.shape() == Shape<2>{2, 3});
  REQUIRE(block.stride(0) == 5);
  for (index_t i = 0; i < 2; ++i) {
    for (index_t j = 0; j < 3; ++j) REQUIRE(&block(i, j) == &x(i + 1, j + 2));
  }
  block(1, 2) = -1;
  REQUIRE(data[14] == -1);
  REQUIRE(x.rows(4, 0).size() == 0);
}

TEST_CASE("TensorView: dense means without gaps") {
  auto data = counted(20);
  const MatrixView<int> x(data.data(), {4, 5});
  REQUIRE(x.rows(1, 2).dense());
  REQUIRE_FALSE(x.columns(1, 3).dense());
  REQUIRE(x.rows(0, 1).columns(1, 3).dense());  // one row has no gap
  REQUIRE(MatrixView<int>(data.data(), {3, 2}, {2, 1}).dense());
  REQUIRE_FALSE(MatrixView<int>(data.data(), {3, 2}, {4, 1}).dense());
}

TEST_CASE("TensorView: a view of T becomes a view of const T, never back") {
  auto data = counted(6);
  const MatrixView<int> x(data.data(), {2, 3});
  const MatrixView<const int> y = x;
  REQUIRE(y.data() == x.data());
  REQUIRE(y.shape() == x.shape());
  STATIC_REQUIRE(std::is_convertible_v<MatrixView<int>, MatrixView<const int>>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<MatrixView<const int>, MatrixView<int>>);
}
