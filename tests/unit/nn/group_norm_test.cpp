// SPDX-License-Identifier: MIT
#include "flashvideo/nn/group_norm.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"
#include "support/oracle/convolution.hpp"

using namespace flashvideo;

namespace {

struct Case {
  ImageExtent extent;
  index_t channels, groups;
};
const Case cases[] = {{{3, 4, 5}, 6, 3}, {{2, 1, 1}, 8, 1}, {{1, 7, 3}, 17, 17}, {{2, 3, 3}, 12, 4}};

template <typename Scalar>
struct Run {
  ParameterLayout layout;
  GroupNorm<Scalar> norm;
  ImageExtent extent;
  Cpu cpu;
  Workspace<Cpu> workspace;
  MatrixView<Scalar> statistics;

  explicit Run(const Case& c, const Cpu& backend = Cpu(2))
      : norm(layout, "norm", c.channels, c.groups, 1e-3), extent(c.extent), cpu(backend), workspace(cpu) {}

  std::vector<Scalar> forward(const std::vector<Scalar>& values, const std::vector<Scalar>& x) {
    std::vector<Scalar> y(x.size());
    workspace.release();
    const Shape<2> shape{extent.rows(), norm.channels()};
    statistics = norm.forward(cpu, ParameterView<const Scalar>(values.data()), extent,
                              MatrixView<const Scalar>(x.data(), shape), MatrixView<Scalar>(y.data(), shape),
                              workspace);
    return y;
  }
};

}  // namespace

TEMPLATE_TEST_CASE("GroupNorm: equals the plain loops", "", float, double) {
  for (const Case& c : cases) {
    Run<TestType> run(c);
    const auto values = test::normal_numbers<TestType>(run.layout.size(), 1);
    const auto x = test::normal_numbers<TestType>(c.extent.rows() * c.channels, 2, 3);
    const auto w = values.begin() + run.norm.weight().offset;
    const auto b = values.begin() + run.norm.bias().offset;
    const auto expected = oracle::group_norm(c.extent, c.channels, c.groups, 1e-3, {x.begin(), x.end()},
                                             {w, w + c.channels}, {b, b + c.channels});
    CHECK(test::largest_error(run.forward(values, x), expected) < (sizeof(TestType) == 4 ? 2e-6 : 1e-13));
  }
}

TEST_CASE("GroupNorm: gradients agree with finite differences") {
  for (const Case& c : cases) {
    Run<double> run(c);
    const auto values = test::normal_numbers<double>(run.layout.size(), 3);
    const auto x = test::normal_numbers<double>(c.extent.rows() * c.channels, 4);
    const auto dy = test::normal_numbers<double>(c.extent.rows() * c.channels, 5);
    std::vector<double> gradients(values.size());
    std::vector<double> dx(x.size());
    run.forward(values, x);
    const Shape<2> shape{c.extent.rows(), c.channels};
    for (const bool add : {false, true}) {
      run.norm.backward(run.cpu, ParameterView<const double>(values.data()), c.extent,
                        MatrixView<const double>(x.data(), shape), run.statistics,
                        MatrixView<const double>(dy.data(), shape), MatrixView<double>(dx.data(), shape),
                        ParameterView<double>(gradients.data()), add);
    }
    for (double& value : dx) value /= 2;
    for (double& value : gradients) value /= 2;
    test::check_gradient([&](const auto& v) { return test::dot(run.forward(v, x), dy); }, values, gradients);
    test::check_gradient([&](const auto& v) { return test::dot(run.forward(values, v), dy); }, x, dx, 1e-6);
  }
}

TEST_CASE("GroupNorm: the same bits for any form and threads") {
  const Case c{{3, 5, 5}, 24, 4};
  Run<float> reference(c, Cpu(1, InstructionSet::baseline));
  const auto values = test::normal_numbers<float>(reference.layout.size(), 6);
  const auto x = test::normal_numbers<float>(c.extent.rows() * c.channels, 7);
  const auto expected = reference.forward(values, x);
  for (const auto form : {InstructionSet::avx2, InstructionSet::avx512}) {
    Run<float> run(c, Cpu(3, form));
    CHECK(run.forward(values, x) == expected);
  }
}

TEST_CASE("GroupNorm: groups that do not divide the channels are named") {
  ParameterLayout layout;
  CHECK_THROWS_WITH(GroupNorm<float>(layout, "n", 10, 4),
                    "GroupNorm: 4 groups, expected a divisor of the 10 channels");
}
