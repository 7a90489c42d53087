// SPDX-License-Identifier: MIT
#include "flashvideo/core/edit_distance.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("edit_distance: counts insertions, deletions and replacements") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("", "ab") == 2);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("sqare", "square") == 1);
  CHECK(edit_distance("star", "stair") == 1);
  CHECK(edit_distance("abcd", "acbd") == 2);
}
