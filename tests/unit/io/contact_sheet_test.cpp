// SPDX-License-Identifier: MIT
#include "flashvideo/io/contact_sheet.hpp"

#include "support/catch.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("contact_sheet: picture i stands in row i / columns, column i % columns, gaps between") {
  std::vector<Image> pictures;
  for (index_t i = 0; i < 7; ++i) pictures.push_back(gradient(4, 6, i));
  const Image sheet = contact_sheet(pictures, 3, 2, {9, 9, 9});
  CHECK(sheet.height() == 3 * 6 + 2);
  CHECK(sheet.width() == 3 * 8 + 2);
  for (index_t i = 0; i < 7; ++i) {
    CHECK(crop(sheet, 2 + i / 3 * 6, 2 + i % 3 * 8, 4, 6) == pictures[static_cast<std::size_t>(i)]);
  }
  CHECK(sheet.get(0, 0) == Rgb{9, 9, 9});
  CHECK(sheet.get(2 + 12, 2 + 8) == Rgb{9, 9, 9});  // the eighth place is empty
}

TEST_CASE("contact_sheet: chooses about as many columns as rows") {
  const std::vector<Image> pictures(17, Image(10, 10));
  CHECK(contact_sheet(pictures, 0, 0).width() == 50);
  CHECK(contact_sheet(pictures, 0, 0).height() == 40);
  CHECK(contact_sheet(std::vector<Image>(1, Image(10, 10)), 0, 0).width() == 10);
}

TEST_CASE("contact_sheet: no pictures and different extents are refused") {
  CHECK_THROWS_AS(contact_sheet(std::vector<Image>{}), value_error);
  CHECK_THROWS_AS(contact_sheet(std::vector<Image>{Image(2, 2), Image(2, 3)}), shape_error);
}

TEST_CASE("FrameSampler: keeps every stride-th frame from the first on, never more than its capacity") {
  for (const index_t capacity : {2, 3, 8, 64}) {
    for (const index_t count : {1, 2, 7, 64, 65, 128, 129, 1000}) {
      FrameSampler sampler(capacity);
      for (index_t t = 0; t < count; ++t) {
        Image frame(1, 1);
        frame.set(0, 0, {static_cast<std::uint8_t>(t % 256), static_cast<std::uint8_t>(t / 256), 0});
        sampler.add(frame);
      }
      const index_t stride = sampler.stride();
      REQUIRE(static_cast<index_t>(sampler.frames().size()) == (count + stride - 1) / stride);
      REQUIRE(static_cast<index_t>(sampler.frames().size()) <= capacity);
      REQUIRE((stride == 1 || 2 * static_cast<index_t>(sampler.frames().size()) >= capacity));
      for (std::size_t i = 0; i < sampler.frames().size(); ++i) {
        const Rgb colour = sampler.frames()[i].get(0, 0);
        REQUIRE(colour.red + 256 * colour.green == static_cast<index_t>(i) * stride);
      }
    }
  }
}
