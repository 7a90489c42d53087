// SPDX-License-Identifier: MIT
#include "flashvideo/data/tf_example.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/tf_records.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("TfExample: bytes and floats, packed or one by one") {
  const std::string single =
      field(2, varint(1 << 3 | 5) + raw_floats({0.5F}) + varint(1 << 3 | 5) + raw_floats({-2}));
  const std::string text =
      example(feature_entry("image", bytes_feature("rgb")) +
              feature_entry("packed", float_feature({1, 2.5F})) + feature_entry("single", single));
  const TfExample read("here", bytes_of(text));
  CHECK(read.contains("image"));
  CHECK(read.bytes("image").size() == 3);
  CHECK(read.floats("packed") == std::vector<float>{1, 2.5F});
  CHECK(read.floats("single") == std::vector<float>{0.5F, -2});
  CHECK_THROWS_WITH(read.bytes("other"), "here: has no feature other");
  CHECK_THROWS_WITH(read.bytes("packed"), "here: feature packed holds 0 byte strings, expected one");
}

TEST_CASE("TfExample: a damaged message is refused with its place") {
  const std::string text = example(feature_entry("image", bytes_feature("rgb")));
  CHECK_THROWS_WITH(TfExample("here", bytes_of(text.substr(0, text.size() - 1))),
                    Catch::Contains("here: the message is truncated"));
}
