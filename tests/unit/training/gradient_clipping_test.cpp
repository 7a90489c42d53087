// SPDX-License-Identifier: MIT
#include "flashvideo/training/gradient_clipping.hpp"

#include <cmath>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/core/random.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

TEMPLATE_LIST_TEST_CASE("global_norm: the root of the sum of squares, the same whenever asked", "[training]",
                        OnFloatAndDouble) {
  using Scalar = typename TestType::Scalar;
  using Backend = typename TestType::Backend;
  for (const index_t size : {16, 48, 100'000}) {
    const Backend backend = test_backend<Backend>();
    std::vector<Scalar> host;
    double sum = 0;
    RandomStream random(7);
    for (index_t i = 0; i < size; ++i) {
      host.push_back(static_cast<Scalar>(random.normal()));
      sum += static_cast<double>(host.back()) * static_cast<double>(host.back());
    }
    const auto data = backend.template allocate<Scalar>(size);
    backend.upload(data.data(), static_cast<const Scalar*>(host.data()), size);
    const double norm = global_norm(backend, static_cast<const Scalar*>(data.data()), size);
    CHECK(norm == Approx(std::sqrt(sum)).epsilon(sizeof(Scalar) == 4 ? 1e-6 : 1e-13));
    CHECK(norm == global_norm(backend, static_cast<const Scalar*>(data.data()), size));
  }
}

TEST_CASE("global_norm: any number of threads gives the same bits", "[training]") {
  std::vector<float> data;
  RandomStream random(8);
  for (int i = 0; i < 300'000 / 16 * 16; ++i) data.push_back(static_cast<float>(random.normal()));
  const index_t size = static_cast<index_t>(data.size());
  const double norm = global_norm(Cpu(1), data.data(), size);
  CHECK(norm == global_norm(Cpu(2), data.data(), size));
  CHECK(norm == global_norm(Cpu(3), data.data(), size));
}

TEST_CASE("clipping_scale: shortens what is too long and nothing else", "[training]") {
  CHECK(clipping_scale(4.0, 1.0) == 0.25);
  CHECK(clipping_scale(1.0, 1.0) == 1.0);
  CHECK(clipping_scale(0.5, 1.0) == 1.0);
  CHECK(clipping_scale(0.0, 1.0) == 1.0);
  CHECK(clipping_scale(1e9, 0.0) == 1.0);  // no clipping
}
