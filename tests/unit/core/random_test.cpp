// SPDX-License-Identifier: MIT
#include "flashvideo/core/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <vector>

#include "support/catch.hpp"

using flashvideo::RandomAddress;
using flashvideo::RandomStream;

namespace {

using Words = std::array<std::uint32_t, 4>;

Words philox(Words counter, std::uint32_t key0, std::uint32_t key1) {
  flashvideo::philox4x32(counter.data(), key0, key1);
  return counter;
}

}  // namespace

TEST_CASE("Philox: the known answers of its authors") {
  // Random123's kat_vectors for philox4x32-10.
  CHECK(philox({0, 0, 0, 0}, 0, 0) == Words{0x6627E8D5U, 0xE169C58DU, 0xBC57AC4CU, 0x9B00DBD8U});
  const std::uint32_t ones = 0xFFFFFFFFU;
  CHECK(philox({ones, ones, ones, ones}, ones, ones) ==
        Words{0x408F276DU, 0x41C83B0EU, 0xA20BC7C6U, 0x6D5451FDU});
  CHECK(philox({0x243F6A88U, 0x85A308D3U, 0x13198A2EU, 0x03707344U}, 0xA4093822U, 0x299F31D0U) ==
        Words{0xD16CFE09U, 0x94FDCCEBU, 0x5001E420U, 0x24126EA1U});
}

TEST_CASE("random_bits: every part of the address counts") {
  const std::uint64_t high = std::uint64_t{1} << 40;
  const std::vector<std::pair<RandomAddress, std::uint32_t>> places = {
      {{7, 2, 5}, 3}, {{8, 2, 5}, 3},        {{7 + high, 2, 5}, 3}, {{7, 3, 5}, 3},
      {{7, 2, 6}, 3}, {{7, 2, 5 + high}, 3}, {{7, 2, 5}, 4}};
  std::set<std::uint32_t> seen;
  for (const auto& [address, item] : places) seen.insert(flashvideo::random_bits(address, item));
  CHECK(seen.size() == places.size());
}

TEST_CASE("RandomItems: every item has bits of its own, four to a block") {
  const flashvideo::RandomItems random{{7, 3, std::uint64_t{5} << 33}};
  std::set<std::uint32_t> seen;
  for (std::uint32_t item = 0; item < 1000; ++item) {
    std::uint32_t words[4];
    random.block(item / 64 * 16 + item % 16, words);
    CHECK(random.bits(item) == words[item % 64 / 16]);
    seen.insert(random.bits(item));
  }
  CHECK(seen.size() == 1000);
  CHECK(random.bits(3) == flashvideo::random_bits(random.at, 3));
  CHECK(flashvideo::RandomItems{{8, 3, 5}}.bits(17) != flashvideo::RandomItems{{7, 3, 5}}.bits(17));
}

TEST_CASE("random_uniform: in the middle of its cell, never 0 or 1") {
  for (std::uint32_t item = 0; item < 1000; ++item) {
    const RandomAddress at{11, 4, 9};
    const double u = flashvideo::random_uniform(at, item);
    CHECK(u * 0x1p32 == static_cast<double>(flashvideo::random_bits(at, item)) + 0.5);
  }
}

TEST_CASE("RandomStream: walks the positions of one stream, and continues from a saved address") {
  RandomStream stream(3, 17);
  for (std::uint64_t position = 0; position < 20; ++position) {
    CHECK(stream.bits() == flashvideo::random_bits({3, 17, position}));
  }
  RandomStream restored(stream.address());
  for (int i = 0; i < 20; ++i) CHECK(restored.bits() == stream.bits());
}

TEST_CASE("RandomStream: uniform numbers fill their range evenly") {
  RandomStream stream(5);
  const int count = 40000;
  std::array<int, 10> cells{};
  for (int i = 0; i < count; ++i) {
    const double u = stream.uniform(-2.0, 3.0);
    REQUIRE(u > -2.0);
    REQUIRE(u < 3.0);
    ++cells[static_cast<std::size_t>((u + 2.0) * 2.0)];
  }
  // Five standard deviations of a cell's count.
  for (const int cell : cells) CHECK(std::abs(cell - count / 10) < 5.0 * std::sqrt(count * 0.09));
}

TEST_CASE("RandomStream: below(n) reaches every integer from 0 to n - 1 and no other") {
  RandomStream stream(9);
  for (const flashvideo::index_t n : {1, 2, 3, 17}) {
    std::set<flashvideo::index_t> seen;
    for (int i = 0; i < 2000; ++i) seen.insert(stream.below(n));
    CHECK(static_cast<flashvideo::index_t>(seen.size()) == n);
    CHECK(*seen.begin() == 0);
    CHECK(*seen.rbegin() == n - 1);
  }
}

TEST_CASE("RandomStream: normal numbers have mean 0, variance 1 and a normal's tails") {
  RandomStream stream(13);
  const int count = 40000;
  double sum = 0, squares = 0;
  int outside = 0;
  for (int i = 0; i < count; ++i) {
    const double x = stream.normal();
    sum += x;
    squares += x * x;
    outside += std::fabs(x) > 1.96 ? 1 : 0;
  }
  CHECK(std::fabs(sum / count) < 0.025);
  CHECK(std::fabs(squares / count - 1.0) < 0.036);
  CHECK(std::fabs(static_cast<double>(outside) / count - 0.05) < 0.0055);
}
