// SPDX-License-Identifier: MIT
#include "flashvideo/training/data_order.hpp"

#include <set>
#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("DataOrder: every epoch takes every item once", "[training]") {
  for (const index_t size : {1, 2, 3, 4, 5, 17, 64, 1000}) {
    const DataOrder order(5, size);
    for (index_t epoch = 0; epoch < 3; ++epoch) {
      std::set<index_t> items;
      for (index_t i = 0; i < size; ++i) items.insert(order.item(epoch * size + i));
      CHECK(static_cast<index_t>(items.size()) == size);
      CHECK(*items.begin() == 0);
      CHECK(*items.rbegin() == size - 1);
    }
  }
}

TEST_CASE("DataOrder: epochs and seeds differ, a call repeats", "[training]") {
  const index_t size = 1000;
  const DataOrder order(5, size);
  const DataOrder other(6, size);
  index_t same_epoch = 0;
  index_t same_seed = 0;
  index_t in_place = 0;
  for (index_t i = 0; i < size; ++i) {
    CHECK(order.item(i) == DataOrder(5, size).item(i));
    same_epoch += order.item(i) == order.item(size + i);
    same_seed += order.item(i) == other.item(i);
    in_place += order.item(i) == i;
  }
  CHECK(same_epoch < 10);  // about one by chance
  CHECK(same_seed < 10);
  CHECK(in_place < 10);
}

TEST_CASE("DataOrder: every place takes every item equally often", "[training]") {
  const index_t size = 10;
  const index_t epochs = 20'000;
  const DataOrder order(1, size);
  std::vector<index_t> counts(100, 0);
  for (index_t n = 0; n < epochs * size; ++n)
    ++counts[static_cast<std::size_t>(n % size * size + order.item(n))];
  for (const index_t count : counts) CHECK(count == Approx(2000).margin(200));
}

TEST_CASE("DataOrder: an empty data set is refused", "[training]") {
  CHECK_THROWS_WITH(DataOrder(0, 0), "DataOrder: size is 0, expected 1 .. 2^40");
}
