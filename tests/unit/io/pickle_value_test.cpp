// SPDX-License-Identifier: MIT
#include "flashvideo/io/pickle_value.hpp"

#include <utility>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("PickleDocument: values stay where they are when more are added and when it moves") {
  PickleDocument document;
  PickleValue first;
  first.kind = PickleValue::Kind::integer;
  first.integer = 7;
  PickleValue* kept = document.add(first);
  for (int i = 0; i < 1000; ++i) document.add({});
  document.root = kept;
  const PickleDocument moved = std::move(document);
  CHECK(moved.root == kept);
  CHECK(moved.root->integer == 7);
}
