// SPDX-License-Identifier: MIT
#include "flashvideo/core/error.hpp"

#include <string>

#include "support/catch.hpp"

using flashvideo::require;

TEMPLATE_TEST_CASE("require: throws its kind with the formatted sentence, and only then", "",
                   flashvideo::shape_error, flashvideo::value_error, flashvideo::format_error,
                   flashvideo::io_error) {
  CHECK_NOTHROW(require<TestType>(true, "Sampler: top_k is {}, expected >= 1", 0));
  try {
    require<TestType>(false, "Sampler: top_k is {}, expected >= 1", 0);
    FAIL("nothing was thrown");
  } catch (const TestType& caught) {
    CHECK(std::string(caught.what()) == "Sampler: top_k is 0, expected >= 1");
  }
}

TEST_CASE("errors: one base catches every kind") {
  CHECK_THROWS_AS(require<flashvideo::shape_error>(false, "x"), flashvideo::error);
  CHECK_THROWS_AS(require<flashvideo::io_error>(false, "x"), flashvideo::error);
  CHECK_THROWS_AS(require<flashvideo::error>(false, "x"), std::runtime_error);
}

TEST_CASE("messages: integers of every size, braces, and places one after another") {
  CHECK(flashvideo::formatted_message("{} {}{}", 18446744073709551615U, -9223372036854775807, false) ==
        "18446744073709551615 -9223372036854775807false");
  CHECK(flashvideo::formatted_message("{{{}}} {{}}", 7) == "{7} {}");
}

TEST_CASE("messages: what a place between double quotes quotes is cut and made visible") {
  using flashvideo::formatted_message;
  const std::string name(1000, 'x');
  CHECK(formatted_message("has no tensor \"{}\"", name) ==
        "has no tensor \"" + std::string(120, 'x') + "...\"");
  CHECK(formatted_message("\"{}\" is not \"{}\"", "a\nb", "\xE9t") == "\"a\\u000ab\" is not \"\\xe9t\"");
  CHECK(formatted_message("{}: \"{}", name, "\n") ==
        name + ": \"\n");  // as it is elsewhere: a path, a reason
  CHECK(formatted_message("\"{}\"", 7) == "\"7\"");
}

TEST_CASE("messages: reals stand as people write them") {
  using flashvideo::formatted_message;
  CHECK(formatted_message("{} {} {} {}", 1e6, 0.00001, -2.5, 0.1 + 0.2) ==
        "1000000 0.00001 -2.5 0.30000000000000004");
  CHECK(formatted_message("{} {} {} {}", 0.0, 1e300, 1e-300, -1.0 / 0.0) == "0 1e+300 1e-300 -inf");
  CHECK(formatted_message("{}", 1.25e-9) == "0.00000000125");
}
