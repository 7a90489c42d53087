// SPDX-License-Identifier: MIT
#include "flashvideo/backend/product.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/oracle/matrix_product.hpp"

using namespace flashvideo;
using oracle::StridedMatrix;

TEMPLATE_TEST_CASE("product: every kind gives x w^T", "", float, double) {
  const Cpu cpu(2);
  StridedMatrix<TestType> x(5, 37, 2, 1);
  StridedMatrix<TestType> w(11, 37, 1, 2);
  const auto check = [&](auto kind) {
    StridedMatrix<TestType> y(5, 11, 3, 3);
    product(cpu, kind, MatrixView<const TestType>(x.view()), w.view(), y.view());
    for (index_t r = 0; r < 5; ++r) {
      for (index_t m = 0; m < 11; ++m) {
        const auto expected = oracle::product_element<TestType>(
            Transpose::no, Transpose::yes, 1.0, x.view(), w.view(), 0.0, 0.0, r, m,
            [](TestType value) { return static_cast<double>(value); });
        REQUIRE(std::abs(y.view()(r, m) - expected.value) <=
                8.0 * std::numeric_limits<TestType>::epsilon() * expected.magnitude);
      }
    }
    REQUIRE(y.gaps_untouched());
  };
  check(GemmProduct{});
  check(RowsProduct{});
  check(UnroundedProduct{});
  check(RefinedProduct{});
}
