// SPDX-License-Identifier: MIT
#include "flashvideo/tensor/shape.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("Shape: the number of elements is the product of the extents") {
  STATIC_REQUIRE(element_count(Shape<3>{2, 3, 4}) == 24);
  STATIC_REQUIRE(element_count(Shape<2>{5, 0}) == 0);
  STATIC_REQUIRE(element_count(Shape<2>{1 << 20, 1 << 20}) == index_t{1} << 40);
}

TEST_CASE("Shape: its text") {
  REQUIRE(shape_text(Shape<3>{2, 3, 4}) == "(2, 3, 4)");
  REQUIRE(shape_text(Shape<1>{7}) == "(7)");
}
