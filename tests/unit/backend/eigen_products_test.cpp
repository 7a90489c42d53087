// SPDX-License-Identifier: MIT
#include "flashvideo/backend/cpu/eigen_products.hpp"

#include "support/catch.hpp"
#include "support/oracle/matrix_product.hpp"

using namespace flashvideo;

TEMPLATE_TEST_CASE("EigenProducts: gemm equals the plain double sum", "", float, double) {
  const EigenCpu cpu(1);
  const auto gemm = [&](auto ta, auto tb, auto alpha, auto... arguments) {
    cpu.gemm(ta, tb, alpha, arguments...);
  };
  for (const auto& e : oracle::odd_extents) {
    for (const auto ta : oracle::both) {
      for (const auto tb : oracle::both) {
        for (const auto& [alpha, beta] : {std::pair{1.0, 0.0}, {1.0, 1.0}, {-0.5, 2.0}}) {
          REQUIRE(oracle::worst_product_error<TestType>(e, ta, tb, TestType(alpha), TestType(beta), gemm) <=
                  8.0 * std::numeric_limits<TestType>::epsilon());
        }
      }
    }
  }
}
