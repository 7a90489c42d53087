// SPDX-License-Identifier: MIT
#include "flashvideo/nn/residual_block.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"

using namespace flashvideo;

namespace {

template <typename Activation>
struct Run {
  using Block = ResidualBlock<double, Activation>;
  ParameterLayout layout;
  Block block;
  ImageExtent extent{2, 4, 3};
  Cpu cpu{2};
  Workspace<Cpu> workspace{cpu};
  typename Block::Activations trace;

  explicit Run(const ResidualBlockShape& shape) : block(layout, "block", shape) {}

  Shape<2> shape() const { return {extent.rows(), block.channels()}; }
  Shape<2> shape_out() const { return {extent.rows(), block.channels_out()}; }
  std::vector<double> forward(const std::vector<double>& values, const std::vector<double>& x) {
    std::vector<double> y(static_cast<std::size_t>(element_count(shape_out())));
    workspace.release();
    trace = block.forward(cpu, GemmProduct{}, ParameterView<const double>(values.data()), extent,
                          MatrixView<const double>(x.data(), shape()),
                          MatrixView<double>(y.data(), shape_out()), workspace);
    return y;
  }
  std::vector<double> apply(const std::vector<double>& values, const std::vector<double>& x) {
    std::vector<double> y(static_cast<std::size_t>(element_count(shape_out())));
    block.apply(cpu, GemmProduct{}, ParameterView<const double>(values.data()), extent,
                MatrixView<const double>(x.data(), shape()), MatrixView<double>(y.data(), shape_out()),
                workspace);
    return y;
  }
};

}  // namespace

TEMPLATE_TEST_CASE("ResidualBlock: gradients agree with finite differences, with and without norm", "", Swish,
                   Gelu, Relu) {
  for (const ResidualBlockShape& shape :
       {ResidualBlockShape{.channels = 4, .hidden = 6},
        ResidualBlockShape{.channels = 5, .hidden = 3, .first_kernel = 1, .second_kernel = 1, .bias = false},
        ResidualBlockShape{.channels = 4, .hidden = 6, .second_kernel = 3, .norm_groups = 2},
        ResidualBlockShape{.channels = 4, .hidden = 6, .norm_groups = 2, .channels_out = 3},
        ResidualBlockShape{.channels = 2, .hidden = 3, .bias = false, .channels_out = 5}}) {
    Run<TestType> run(shape);
    const auto values = test::normal_numbers<double>(run.layout.size(), 1, 0.5);
    const auto x = test::normal_numbers<double>(run.extent.rows() * shape.channels, 2);
    const auto dy = test::normal_numbers<double>(element_count(run.shape_out()), 3);
    std::vector<double> gradients(values.size());
    std::vector<double> dx(x.size(), 5.0);
    run.forward(values, x);
    run.block.backward(run.cpu, ParameterView<const double>(values.data()), run.extent,
                       MatrixView<const double>(x.data(), run.shape()), run.trace,
                       MatrixView<const double>(dy.data(), run.shape_out()),
                       MatrixView<double>(dx.data(), run.shape()), ParameterView<double>(gradients.data()),
                       run.workspace);
    test::check_gradient([&](const auto& v) { return test::dot(run.forward(v, x), dy); }, values, gradients,
                         1e-6);
    test::check_gradient([&](const auto& v) { return test::dot(run.forward(values, v), dy); }, x, dx, 1e-6);
  }
}

TEST_CASE("ResidualBlock: with a silent branch it is the identity") {
  Run<Relu> run({.channels = 3, .hidden = 2});
  const std::vector<double> values(static_cast<std::size_t>(run.layout.size()));
  const auto x = test::normal_numbers<double>(run.extent.rows() * 3, 4);
  CHECK(run.forward(values, x) == x);
}

TEST_CASE("ResidualBlock: without keeping anything it gives the same bits") {
  for (const ResidualBlockShape& shape :
       {ResidualBlockShape{.channels = 4, .hidden = 6},
        ResidualBlockShape{.channels = 4, .hidden = 4, .norm_groups = 2},
        ResidualBlockShape{.channels = 4, .hidden = 8, .norm_groups = 4, .channels_out = 8}}) {
    Run<Swish> run(shape);
    const auto values = test::normal_numbers<double>(run.layout.size(), 5, 0.5);
    const auto x = test::normal_numbers<double>(element_count(run.shape()), 6);
    CHECK(run.apply(values, x) == run.forward(values, x));
  }
}

TEST_CASE("ResidualBlock: where the channels change a 1x1 convolution stands in for x") {
  Run<Relu> run({.channels = 3, .hidden = 4, .channels_out = 4});
  CHECK(run.layout.entries().size() == 6);
  CHECK(run.layout.entries()[4].name == "block.nin_shortcut.weight");
  CHECK(run.layout.entries()[4].shape == std::vector<index_t>{4, 1, 1, 3});
}

TEST_CASE("ResidualBlock: even kernels are refused") {
  ParameterLayout layout;
  CHECK_THROWS_WITH((ResidualBlock<float>(layout, "b", {.channels = 2, .hidden = 2, .first_kernel = 4})),
                    "ResidualBlock: kernels 4 and 1, expected odd ones");
}
