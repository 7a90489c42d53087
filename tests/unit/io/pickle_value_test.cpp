// SPDX-License-Identifier: MIT
#include "flashvideo/io/pickle_value.hpp"

#include <optional>
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

TEST_CASE("PickleTensor: the last element's place, and none for places that no memory has") {
  const auto last = [](std::vector<index_t> shape, std::vector<index_t> strides, index_t offset = 0) {
    PickleTensor tensor;
    tensor.shape = std::move(shape);
    tensor.strides = std::move(strides);
    tensor.offset = offset;
    return tensor.last_place();
  };
  CHECK(last({}, {}, 3) == 3);
  CHECK(last({2, 3}, {3, 1}, 1) == 6);
  CHECK(last({5, 2}, {0, 1}) == 1);
  CHECK(last({2, 0}, {3, 1}) == -1);
  constexpr index_t large = index_t{1} << 40;
  CHECK(last({(index_t{1} << 24) + 1}, {large}) == std::nullopt);  // 2^64, which would wrap to 0
  CHECK(last({large, large}, {1, 1}) == std::nullopt);
  CHECK(last({-1}, {1}) == std::nullopt);
  CHECK(last({0, 2}, {1, -1}) == std::nullopt);
  CHECK(last({2}, {1}, -1) == std::nullopt);
  CHECK(last({2}, {1}, large + 1) == std::nullopt);
}
