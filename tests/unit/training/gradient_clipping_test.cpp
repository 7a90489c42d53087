// SPDX-License-Identifier: MIT
#include "flashvideo/training/gradient_clipping.hpp"

#include <cmath>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

TEMPLATE_TEST_CASE("global_norm: the root of the sum of squares, for any number of threads", "[training]",
                   float, double) {
  for (const index_t size : {16, 48, 100'000}) {
    const Cpu one(1);
    auto data = one.allocate<TestType>(size);
    double sum = 0;
    RandomStream random(7);
    for (index_t i = 0; i < size; ++i) {
      data.data()[i] = static_cast<TestType>(random.normal());
      sum += static_cast<double>(data.data()[i]) * static_cast<double>(data.data()[i]);
    }
    const double norm = global_norm(one, data.data(), size);
    CHECK(norm == Approx(std::sqrt(sum)).epsilon(sizeof(TestType) == 4 ? 1e-6 : 1e-13));
    CHECK(norm == global_norm(Cpu(3), data.data(), size));
  }
}

TEST_CASE("clipping_scale: shortens what is too long and nothing else", "[training]") {
  CHECK(clipping_scale(4.0, 1.0) == 0.25);
  CHECK(clipping_scale(1.0, 1.0) == 1.0);
  CHECK(clipping_scale(0.5, 1.0) == 1.0);
  CHECK(clipping_scale(0.0, 1.0) == 1.0);
  CHECK(clipping_scale(1e9, 0.0) == 1.0);  // no clipping
}
