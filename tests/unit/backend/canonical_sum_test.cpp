// SPDX-License-Identifier: MIT
#include "flashvideo/backend/canonical_sum.hpp"

#include <vector>

#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

TEMPLATE_TEST_CASE("canonical_dot: sixteen lanes by fma, then the tree 8-4-2-1, bit for bit", "", float,
                   double) {
  for (const index_t count : {0, 1, 2, 15, 16, 17, 31, 32, 100}) {
    RandomStream random(static_cast<std::uint64_t>(count));
    std::vector<TestType> a(static_cast<std::size_t>(count)), b(a.size());
    for (auto& value : a) value = static_cast<TestType>(random.uniform(-1.0, 1.0));
    for (auto& value : b) value = static_cast<TestType>(random.uniform(-1.0, 1.0));
    TestType lane[16] = {};
    for (std::size_t k = 0; k < a.size(); ++k) lane[k % 16] = std::fma(a[k], b[k], lane[k % 16]);
    TestType eight[8], four[4];
    for (int l = 0; l < 8; ++l) eight[l] = lane[l] + lane[l + 8];
    for (int l = 0; l < 4; ++l) four[l] = eight[l] + eight[l + 4];
    const TestType expected = (four[0] + four[2]) + (four[1] + four[3]);
    const TestType* pa = a.data();
    const TestType* pb = b.data();
    REQUIRE(canonical_dot<TestType>(
                count, [pa](index_t k) { return pa[k]; }, [pb](index_t k) { return pb[k]; }) == expected);
  }
}

TEST_CASE("canonical_dot: converts its operands to the scalar first") {
  const auto third = [](index_t) { return 1.0 / 3.0; };
  const auto one = [](index_t) { return 1; };
  REQUIRE(canonical_dot<float>(1, third, one) == static_cast<float>(1.0 / 3.0));
}
