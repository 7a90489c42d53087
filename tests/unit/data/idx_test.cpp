// SPDX-License-Identifier: MIT
#include "flashvideo/data/idx.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("parse_idx: extents and values, row-major") {
  const std::vector<std::uint8_t> bytes{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};
  const IdxArray array = parse_idx(bytes, "x");
  REQUIRE(array.extents == std::vector<index_t>{2, 3});
  REQUIRE(array.values == std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("parse_idx: refuses what is not an IDX file of bytes") {
  using Bytes = std::vector<std::uint8_t>;
  const auto refuses = [](const Bytes& bytes, const char* reason) {
    REQUIRE_THROWS_AS(parse_idx(bytes, "the file"), format_error);
    REQUIRE_THROWS_WITH(parse_idx(bytes, "the file"),
                        Catch::StartsWith("the file: ") && Catch::Contains(reason));
  };
  refuses({}, "not an IDX file");
  refuses({1, 0, 8, 1}, "not an IDX file");
  refuses({0, 0, 13, 1, 0, 0, 0, 1, 1, 2, 3, 4}, "IDX type is 13");
  refuses({0, 0, 8, 2, 0, 0, 0, 2}, "cut off");
  refuses({0, 0, 8, 1, 0, 0, 0, 3, 1, 2}, "does not fit");
  refuses({0, 0, 8, 1, 0, 0, 0, 1, 1, 2}, "holds 2 values, expected 1");
  refuses({0, 0, 8, 1, 0, 0, 0, 0}, "does not fit");
  refuses({0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}, "does not fit");
}
