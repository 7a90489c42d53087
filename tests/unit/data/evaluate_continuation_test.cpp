// SPDX-License-Identifier: MIT
#include "../../../examples/evaluate/continuation.hpp"

#include "support/catch.hpp"

namespace {

using flashvideo::index_t;

std::vector<std::uint8_t> picture(index_t x0, index_t y0, index_t side, std::uint8_t light) {
  std::vector<std::uint8_t> rgb(20 * 30 * 3, 5);
  for (index_t y = y0; y < y0 + side; ++y) {
    for (index_t x = x0; x < x0 + side; ++x) rgb[static_cast<std::size_t>((y * 30 + x) * 3 + 1)] = light;
  }
  return rgb;
}

}  // namespace

TEST_CASE("evaluate continuation: the centre of an object in pixels, nothing for a black picture") {
  const auto centre = evaluate::centre_of(picture(4, 10, 6, 200).data(), 20, 30);
  REQUIRE(centre);
  CHECK(centre->x == Approx(7));
  CHECK(centre->y == Approx(13));
  CHECK_FALSE(evaluate::centre_of(picture(4, 10, 6, 59).data(), 20, 30));
}

TEST_CASE("evaluate continuation: errors are summed up by their median, their fifths and what is near") {
  evaluate::PositionErrors errors;
  CHECK(errors.line("nothing").find("every frame is black") != std::string::npos);
  errors.pixels = {9, 0.5, 1.5, 3, 7};
  errors.black = 1;
  CHECK(
      errors.line("x").find("median   3.0 px, four of five within   9.0 px,  40.0 % within 2 px, 1 black") !=
      std::string::npos);
}
