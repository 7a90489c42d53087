// SPDX-License-Identifier: MIT
#include "flashvideo/nn/pointwise.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/nn/activation.hpp"
#include "support/gradient_check.hpp"

using namespace flashvideo;

TEST_CASE("activate: number by number, any size") {
  const Cpu cpu(2);
  for (const index_t rows : {1, 17, 513}) {
    const auto x = test::normal_numbers<float>(rows * 3, 5);
    std::vector<float> y(x.size());
    activate<Swish, Cpu, float>(cpu, {x.data(), {rows, 3}}, {y.data(), {rows, 3}});
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(y[i] == Swish::value(x[i]));
  }
}

TEST_CASE("activate_backward: dy f'(x), written or added, in place too") {
  const Cpu cpu(2);
  const index_t n = 700;
  const auto x = test::normal_numbers<double>(n, 6);
  auto dy = test::normal_numbers<double>(n, 7);
  std::vector<double> dx(x.size(), 2.0);
  activate_backward<Gelu, Cpu, double>(cpu, {x.data(), {n, 1}}, {dy.data(), {n, 1}}, {dx.data(), {n, 1}},
                                       true);
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(dx[i] == Approx(2 + dy[i] * Gelu::derivative(x[i])).margin(1e-13));
    dx[i] = dy[i] * Gelu::derivative(x[i]);
  }
  activate_backward<Gelu, Cpu, double>(cpu, {x.data(), {n, 1}}, {dy.data(), {n, 1}}, {dy.data(), {n, 1}});
  CHECK(test::largest_error(dy, dx) < 1e-15);
}

TEST_CASE("add_to and add_bias: sums") {
  const Cpu cpu(2);
  const auto x = test::normal_numbers<float>(35, 8);
  const std::vector<float> bias{1, 2, 3, 4, 5};
  std::vector<float> y(35, 1.0F);
  add_to<Cpu, float>(cpu, {x.data(), {7, 5}}, {y.data(), {7, 5}});
  add_bias<Cpu, float>(cpu, bias.data(), {y.data(), {7, 5}});
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == (1.0F + x[i]) + bias[i % 5]);
}

TEST_CASE("activate: unequal matrices are named") {
  const Cpu cpu(1);
  std::vector<float> x(12);
  CHECK_THROWS_WITH((activate<Relu, Cpu, float>(cpu, {x.data(), {4, 3}}, {x.data(), {3, 4}})),
                    "activate: x is (4, 3) and y is (3, 4), expected equal dense matrices");
}
