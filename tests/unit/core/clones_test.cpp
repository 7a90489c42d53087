// SPDX-License-Identifier: MIT
#include "flashvideo/core/clones.hpp"

#include <vector>

#include "flashvideo/core/math.hpp"
#include "support/catch.hpp"
#include "support/oracle/matrix_product.hpp"

using namespace flashvideo;

namespace {

/// A row of everything that a functor may use.
struct Elementary {
  const float* x;
  float* y;
  index_t width;
  void operator()(index_t r) const {
    FLASHVIDEO_INDEPENDENT
    for (index_t i = r * width; i < (r + 1) * width; ++i) {
      const float e = math::exp(x[i]) + math::sigmoid(x[i]);
      y[i] = math::fma(e, math::erf(x[i]), math::sqrt(math::fma(x[i], x[i], 1.0F)));
    }
  }
};

struct Append {
  std::vector<index_t>* order;
  void operator()(index_t i) const { order->push_back(i); }
};

}  // namespace

TEST_CASE("loop: every form gives the same bits") {
  for (const index_t width : {1, 7, 16, 33, 200}) {
    constexpr index_t rows = 5;
    std::vector<float> x(static_cast<std::size_t>(rows * width));
    RandomStream random(4);
    for (auto& value : x) value = static_cast<float>(random.uniform(-20.0, 20.0));
    std::vector<float> baseline(x.size());
    loop_with(InstructionSet::baseline, Elementary{x.data(), baseline.data(), width}, 0, rows);
    for (const auto form : oracle::forms()) {
      std::vector<float> y(x.size());
      loop_with(form, Elementary{x.data(), y.data(), width}, 0, rows);
      REQUIRE(y == baseline);
    }
  }
}

TEST_CASE("loop: items in ascending order, none outside the range") {
  for (const auto form : oracle::forms()) {
    std::vector<index_t> order;
    loop_with(form, Append{&order}, 3, 8);
    REQUIRE(order == std::vector<index_t>{3, 4, 5, 6, 7});
    loop_with(form, Append{&order}, 8, 8);
    REQUIRE(order.size() == 5);
  }
}
