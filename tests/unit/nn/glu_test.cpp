// SPDX-License-Identifier: MIT
#include "flashvideo/nn/glu.hpp"

#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {

double activation(Swish, double x) { return x / (1 + std::exp(-x)); }
double activation(Gelu, double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }
double activation(Relu, double x) { return x > 0 ? x : 0; }

template <typename Scalar, typename Activation>
void check_forward() {
  for (const index_t rows : {1, 17}) {
    ParameterLayout layout;
    const GLU<Scalar, Activation> glu(layout, "ffn.", 9, 21);
    CHECK(glu.d_feed_forward() == 21);
    auto values = initial_values<Scalar>(layout, 1);
    for (Scalar& value : values) value *= Scalar{4};
    RandomStream random(2);
    const Matrix<Scalar> x(rows, 9, random);
    const auto first = oracle::linear(x, oracle::parameter(layout, values, "ffn.fc1.weight"));
    const auto gate = oracle::linear(x, oracle::parameter(layout, values, "ffn.gate.weight"));
    Matrix<double> a(rows, 21);
    for (std::size_t i = 0; i < a.data.size(); ++i) {
      a.data[i] = activation(Activation{}, first.data[i]) * gate.data[i];
    }
    const auto expected = oracle::linear(a, oracle::parameter(layout, values, "ffn.fc2.weight"));
    const Cpu cpu(2);
    Workspace<Cpu> workspace(cpu);
    Matrix<Scalar> y(rows, 9);
    const ParameterView<const Scalar> view(values.data());
    glu.forward(cpu, GemmProduct{}, view, x.view(), y.view(), workspace);
    CHECK(oracle::difference(y.data, expected.data) < 10 * oracle::tolerance<Scalar>());
    glu.forward(cpu, RowsProduct{}, view, x.view(), y.view(), workspace);
    CHECK(oracle::difference(y.data, expected.data) < 10 * oracle::tolerance<Scalar>());
  }
}

template <typename Activation>
void check_gradients() {
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  ParameterLayout layout;
  const GLU<double, Activation> glu(layout, "ffn.", 4, 7);
  auto values = initial_values<double>(layout, 3);
  for (double& value : values) value *= 2;
  RandomStream random(4);
  Matrix<double> x(5, 4, random);
  const Matrix<double> dy(5, 4, random);
  const auto loss = [&] {
    workspace.release();
    Matrix<double> y(5, 4);
    glu.forward(cpu, GemmProduct{}, ParameterView<const double>(values.data()), x.view(), y.view(),
                workspace);
    return oracle::inner(y.data, dy.data);
  };
  Matrix<double> y(5, 4);
  Matrix<double> dx(5, 4, random);
  std::vector<double> gradients(values.size());
  const ParameterView<const double> view(values.data());
  const auto saved = glu.forward(cpu, GemmProduct{}, view, x.view(), y.view(), workspace);
  glu.backward(cpu, view, x.view(), saved, dy.view(), dx.view(), ParameterView<double>(gradients.data()),
               workspace);
  CHECK(oracle::finite_difference_gap(x.data, dx.data, loss) < 1e-7);
  CHECK(oracle::finite_difference_gap(values, gradients, loss) < 1e-7);
}

}  // namespace

TEMPLATE_TEST_CASE("GLU: fc2(act(fc1 x) gate x) for every activation", "", float, double) {
  check_forward<TestType, Swish>();
  check_forward<TestType, Gelu>();
  check_forward<TestType, Relu>();
}

TEST_CASE("GLU: gradients agree with finite differences") {
  check_gradients<Swish>();
  check_gradients<Gelu>();
}
