// SPDX-License-Identifier: MIT
#include "flashvideo/nn/linear.hpp"

#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {

struct Sizes {
  index_t rows, d_in, d_out;
};
constexpr Sizes all_sizes[] = {{1, 1, 1}, {1, 17, 5}, {9, 16, 33}, {70, 19, 8}};

}  // namespace

TEMPLATE_TEST_CASE("Linear: y = x W^T by both products", "", float, double) {
  for (const Sizes& sizes : all_sizes) {
    ParameterLayout layout;
    const Linear<TestType> linear(layout, "w", sizes.d_in, sizes.d_out, Initializer::normal(1));
    const auto values = initial_values<TestType>(layout, 1);
    RandomStream random(2);
    const Matrix<TestType> x(sizes.rows, sizes.d_in, random);
    const auto expected = oracle::linear(x, oracle::parameter(layout, values, "w"));
    Matrix<TestType> y(sizes.rows, sizes.d_out, random);
    const ParameterView<const TestType> view(values.data());
    linear.forward(Cpu(2), GemmProduct{}, view, x.view(), y.view());
    CHECK(oracle::difference(y.data, expected.data) < oracle::tolerance<TestType>());
    Matrix<TestType> z(sizes.rows, sizes.d_out, random);
    linear.forward(Cpu(2), RowsProduct{}, view, x.view(), z.view());
    CHECK(oracle::difference(z.data, expected.data) < oracle::tolerance<TestType>());
  }
}

TEST_CASE("Linear: gradients agree with finite differences and are added to what is there") {
  const Cpu cpu(2);
  for (const Sizes& sizes : {Sizes{1, 3, 2}, Sizes{7, 5, 9}}) {
    ParameterLayout layout;
    const Linear<double> linear(layout, "w", sizes.d_in, sizes.d_out, Initializer::normal(1));
    auto values = initial_values<double>(layout, 3);
    RandomStream random(4);
    Matrix<double> x(sizes.rows, sizes.d_in, random);
    const Matrix<double> dy(sizes.rows, sizes.d_out, random);
    const auto loss = [&] {
      Matrix<double> y(sizes.rows, sizes.d_out);
      linear.forward(cpu, GemmProduct{}, ParameterView<const double>(values.data()), x.view(), y.view());
      return oracle::inner(y.data, dy.data);
    };
    Matrix<double> dx(sizes.rows, sizes.d_in, random);
    std::vector<double> gradients(values.size());
    const auto backward = [&](bool add) {
      linear.backward(cpu, ParameterView<const double>(values.data()), x.view(), dy.view(), dx.view(),
                      ParameterView<double>(gradients.data()), add);
    };
    backward(false);
    CHECK(oracle::finite_difference_gap(x.data, dx.data, loss) < 1e-8);
    CHECK(oracle::finite_difference_gap(values, gradients, loss) < 1e-8);
    backward(true);
    for (double& value : dx.data) value /= 2;
    for (double& value : gradients) value /= 2;
    CHECK(oracle::finite_difference_gap(x.data, dx.data, loss) < 1e-8);
    CHECK(oracle::finite_difference_gap(values, gradients, loss) < 1e-8);
  }
}

TEST_CASE("Linear: stacked maps are one product with the maps' own names") {
  ParameterLayout layout;
  const Linear<float> both(layout, {{"a", 3, Initializer::normal(1)}, {"b", 5, Initializer::normal(1)}}, 7);
  CHECK(both.d_in() == 7);
  CHECK(both.d_out() == 8);
  const auto values = initial_values<float>(layout, 5);
  RandomStream random(6);
  const Matrix<float> x(4, 7, random);
  Matrix<float> y(4, 8);
  both.forward(Cpu(1), RowsProduct{}, ParameterView<const float>(values.data()), x.view(), y.view());
  const auto a = oracle::linear(x, oracle::parameter(layout, values, "a"));
  const auto b = oracle::linear(x, oracle::parameter(layout, values, "b"));
  for (index_t r = 0; r < 4; ++r) {
    for (index_t c = 0; c < 8; ++c) {
      CHECK(static_cast<double>(y(r, c)) == Approx(c < 3 ? a(r, c) : b(r, c - 3)).margin(1e-5));
    }
  }
}
