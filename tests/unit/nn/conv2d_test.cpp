// SPDX-License-Identifier: MIT
#include "flashvideo/nn/conv2d.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"
#include "support/oracle/convolution.hpp"

using namespace flashvideo;

namespace {

struct Case {
  ImageExtent in;
  index_t d_in, d_out;
  ConvolutionShape shape;
};
const Case cases[] = {
    {{3, 5, 7}, 3, 4, {.kernel = 3, .stride = 1, .padding = 1}},
    {{2, 8, 6}, 5, 17, {.kernel = 2, .stride = 2}},
    {{2, 7, 9}, 2, 3, {.kernel = 4, .stride = 2, .padding = 1}},
    {{4, 3, 3}, 7, 2, {.kernel = 1}},
    {{2, 6, 6}, 3, 3, {.kernel = 1, .stride = 2, .bias = false}},
    {{1, 1, 1}, 1, 1, {.kernel = 3, .stride = 1, .padding = 1, .bias = false}},
    {{2, 9, 8}, 2, 2, {.kernel = 5, .stride = 3, .padding = 2}},
    {{2, 8, 6}, 3, 4, {.kernel = 3, .stride = 2, .trailing = 1}},
    {{1, 5, 7}, 2, 2, {.kernel = 3, .stride = 2, .padding = 1, .trailing = 2}},
};

template <typename Scalar>
struct Run {
  ParameterLayout layout;
  Conv2d<Scalar> conv;
  ImageExtent in, out;
  Cpu cpu;
  Workspace<Cpu> workspace;

  explicit Run(const Case& c, const Cpu& backend = Cpu(2))
      : conv(layout, "conv", c.d_in, c.d_out, c.shape),
        in(c.in),
        out(conv.output_extent(c.in)),
        cpu(backend),
        workspace(cpu) {}

  template <typename Product>
  std::vector<Scalar> forward(Product kind, const std::vector<Scalar>& values, const std::vector<Scalar>& x) {
    std::vector<Scalar> y(static_cast<std::size_t>(out.rows() * conv.d_out()));
    conv.forward(cpu, kind, ParameterView<const Scalar>(values.data()), in,
                 MatrixView<const Scalar>(x.data(), {in.rows(), conv.d_in()}),
                 MatrixView<Scalar>(y.data(), {out.rows(), conv.d_out()}), workspace);
    return y;
  }
};

}  // namespace

TEMPLATE_TEST_CASE("Conv2d: equals the plain loops, by both products", "", float, double) {
  std::vector<Case> all(std::begin(cases), std::end(cases));
  // windows of 2,304 numbers are gathered 256 at a time: a slice begins within the second image
  all.push_back({{2, 13, 17}, 256, 3, {.kernel = 3, .padding = 1}});
  for (const Case& c : all) {
    Run<TestType> run(c);
    const auto values = test::normal_numbers<TestType>(run.layout.size(), 1);
    const auto x = test::normal_numbers<TestType>(c.in.rows() * c.d_in, 2);
    const auto w = values.begin() + run.conv.weight().offset;
    const auto b = values.begin() + run.conv.bias().offset;
    const oracle::Numbers expected =
        oracle::convolve(c.in, run.out, c.d_in, c.d_out, c.shape.kernel, c.shape.stride, c.shape.padding,
                         {x.begin(), x.end()}, {w, w + c.d_out * c.shape.kernel * c.shape.kernel * c.d_in},
                         c.shape.bias ? oracle::Numbers(b, b + c.d_out) : oracle::Numbers());
    const double tolerance = sizeof(TestType) == 4 ? 2e-6 : 1e-14;
    CHECK(test::largest_error(run.forward(GemmProduct{}, values, x), expected) < tolerance);
    CHECK(test::largest_error(run.forward(RowsProduct{}, values, x), expected) < tolerance);
  }
}

TEST_CASE("Conv2d: gradients agree with finite differences") {
  for (const Case& c : cases) {
    Run<double> run(c);
    const auto values = test::normal_numbers<double>(run.layout.size(), 3);
    const auto x = test::normal_numbers<double>(c.in.rows() * c.d_in, 4);
    const auto dy = test::normal_numbers<double>(run.out.rows() * c.d_out, 5);
    std::vector<double> gradients(values.size());
    std::vector<double> dx(x.size(), 1.0);
    const auto backward = [&](MatrixView<double> view, bool add) {
      run.conv.backward(run.cpu, ParameterView<const double>(values.data()), c.in,
                        MatrixView<const double>(x.data(), {c.in.rows(), c.d_in}),
                        MatrixView<const double>(dy.data(), {run.out.rows(), c.d_out}), view,
                        ParameterView<double>(gradients.data()), run.workspace, add);
    };
    const MatrixView<double> dx_view(dx.data(), {c.in.rows(), c.d_in});
    backward(dx_view, false);
    test::check_gradient([&](const auto& v) { return test::dot(run.forward(GemmProduct{}, v, x), dy); },
                         values, gradients);
    test::check_gradient([&](const auto& v) { return test::dot(run.forward(GemmProduct{}, values, v), dy); },
                         x, dx);
    // a second call adds to everything; without dx only parameters get theirs
    const auto first_dx = dx;
    const auto first_gradients = gradients;
    backward(dx_view, true);
    backward({}, false);
    for (std::size_t i = 0; i < dx.size(); ++i) CHECK(dx[i] == Approx(2 * first_dx[i]).margin(1e-12));
    for (std::size_t i = 0; i < gradients.size(); ++i)
      CHECK(gradients[i] == Approx(3 * first_gradients[i]).margin(1e-10));
  }
}

TEST_CASE("Conv2d: many images are the same as one image at a time, bit for bit, on any threads and form") {
  const Case many{{9, 6, 5}, 19, 21, {.kernel = 3, .stride = 1, .padding = 1}};
  Case one = many;
  one.in.count = 1;
  Run<float> reference(one, Cpu(1, InstructionSet::baseline));
  const auto values = test::normal_numbers<float>(reference.layout.size(), 6);
  const auto x = test::normal_numbers<float>(many.in.rows() * many.d_in, 7);
  std::vector<float> expected;
  for (index_t b = 0; b < many.in.count; ++b) {
    const auto first = x.begin() + b * one.in.rows() * one.d_in;
    const auto y = reference.forward(RowsProduct{}, values, {first, first + one.in.rows() * one.d_in});
    expected.insert(expected.end(), y.begin(), y.end());
  }
  for (const auto form : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
    for (const int threads : {1, 3}) {
      Run<float> run(many, Cpu(threads, form));
      CHECK(run.forward(RowsProduct{}, values, x) == expected);
    }
  }
}

TEST_CASE("Conv2d: trailing zeros halve an even extent") {
  ParameterLayout layout;
  const Conv2d<float> conv(layout, "c", 1, 1, {.kernel = 3, .stride = 2, .trailing = 1});
  CHECK(conv.output_extent({1, 8, 6}) == ImageExtent{1, 4, 3});
}

TEST_CASE("Conv2d: PyTorch's weights are put in our order") {
  ParameterLayout layout;
  const Conv2d<float> conv(layout, "conv", 2, 3, {.kernel = 2});
  std::vector<float> theirs(24);
  for (std::size_t i = 0; i < theirs.size(); ++i) theirs[i] = static_cast<float>(i);
  std::vector<float> ours(24);
  conv.weight_from_torch(theirs.data(), ours.data());
  // theirs (o, i, ky, kx) -> ours (o, ky, kx, i)
  for (std::size_t o = 0; o < 3; ++o)
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < 4; ++k) CHECK(ours[(o * 4 + k) * 2 + i] == theirs[(o * 2 + i) * 4 + k]);
}

TEST_CASE("Conv2d: wrong sizes are named") {
  ParameterLayout layout;
  CHECK_THROWS_WITH(Conv2d<float>(layout, "a", 1, 1, {.kernel = 3, .padding = 3}),
                    Catch::Contains("kernel 3, stride 1, padding 3"));
  CHECK_THROWS_AS(Conv2d<float>(layout, "b", 1, 1, {.stride = 0}), value_error);
  CHECK_THROWS_WITH(Conv2d<float>(layout, "d", 1, 1, {.kernel = 3, .trailing = 3}),
                    "Conv2d: trailing is 3, expected 0 <= trailing < kernel 3");
  const Conv2d<float> conv(layout, "c", 2, 1, {.kernel = 4});
  CHECK_THROWS_WITH(conv.output_extent({1, 3, 9}), "Conv2d: an image of 3 x 9 is smaller than kernel 4");
  const Cpu cpu(1);
  Workspace<Cpu> workspace(cpu);
  std::vector<float> numbers(200);
  CHECK_THROWS_WITH(conv.forward(cpu, GemmProduct{}, ParameterView<const float>(numbers.data()), {1, 4, 4},
                                 MatrixView<const float>(numbers.data(), {16, 3}),
                                 MatrixView<float>(numbers.data(), {1, 1}), workspace),
                    "Conv2d::forward: x is (16, 3) and y is (1, 1), expected dense (16, 2) and (1, 1)");
}
