// SPDX-License-Identifier: MIT
#include "flashvideo/core/listed.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("listed: the first few by name, then how many more") {
  CHECK(listed({}).empty());
  CHECK(listed({"a"}) == "a");
  CHECK(listed({"a", "b"}) == "a; b");
  CHECK(listed({"a", "b", "c"}, 3, ", ") == "a, b, c");
  CHECK(listed({"a", "b", "c", "d"}, 2, ", ") == "a, b, and 2 more");
}
