// SPDX-License-Identifier: MIT
#include "flashvideo/sequence/vocabulary.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("VocabularyLayout: image codes, text, <pad> and serials tile the ids in this order") {
  const VocabularyLayout v(7, 5, 3);
  REQUIRE(v.size() == 16);
  CHECK(v.image(0) == 0);
  CHECK(v.image(6) == 6);
  CHECK(v.text(0) == 7);
  CHECK(v.text(4) == 11);
  CHECK(v.pad() == 12);
  CHECK(v.serial(1) == 13);
  CHECK(v.serial(3) == 15);
  for (token_t token = 0; token < 16; ++token) {
    const int kinds = (v.is_image(token) ? 1 : 0) + (v.is_text(token) ? 1 : 0) + (v.is_pad(token) ? 1 : 0) +
                      (v.is_serial(token) ? 1 : 0);
    CHECK(kinds == 1);
    if (v.is_image(token)) CHECK(v.image(v.image_code(token)) == token);
    if (v.is_text(token)) CHECK(v.text(v.text_id(token)) == token);
    if (v.is_serial(token)) CHECK(v.serial(v.serial_number(token)) == token);
  }
  for (const token_t outside : {-1, 16, 100})
    CHECK_FALSE((v.is_image(outside) || v.is_text(outside) || v.is_pad(outside) || v.is_serial(outside)));
}

TEST_CASE("VocabularyLayout: without text every text id is <pad>, and all else stays") {
  const VocabularyLayout v(7, 5, 3);
  for (token_t token = 0; token < 16; ++token) {
    CHECK(v.without_text(token) == (token >= 7 && token < 12 ? 12 : token));
  }
}

TEST_CASE("VocabularyLayout: icetk has text from 20,000 and specials from 150,000") {
  const VocabularyLayout v = VocabularyLayout::icetk(5);
  CHECK(v.text(0) == 20000);
  CHECK(v.image(19999) == 19999);
  CHECK(v.pad() == 150000);
  CHECK(v.serial(1) == 150001);
  CHECK(v.size() == 150006);
  CHECK(VocabularyLayout::icetk(5, 3).pad() == 150003);
  CHECK(VocabularyLayout::icetk(5) == v);
  CHECK_FALSE(VocabularyLayout::icetk(6) == v);
}

TEST_CASE("VocabularyLayout: an index outside its range is a value_error") {
  const VocabularyLayout v(7, 5, 3);
  CHECK_THROWS_AS(v.image(-1), value_error);
  CHECK_THROWS_AS(v.image(7), value_error);
  CHECK_THROWS_AS(v.text(5), value_error);
  CHECK_THROWS_AS(v.text(-1), value_error);
  CHECK_THROWS_AS(v.serial(0), value_error);
  CHECK_THROWS_AS(v.serial(4), value_error);
  CHECK_THROWS_AS(v.image_code(7), value_error);
  CHECK_THROWS_AS(v.text_id(6), value_error);
  CHECK_THROWS_AS(v.serial_number(12), value_error);
  CHECK_THROWS_AS(VocabularyLayout(0, 5, 3), value_error);
  CHECK_THROWS_AS(VocabularyLayout(7, 0, 3), value_error);
  CHECK_THROWS_AS(VocabularyLayout(7, 5, 0), value_error);
  CHECK_THROWS_AS(VocabularyLayout(2147483647, 5, 3), value_error);
  CHECK_THROWS_WITH(v.serial(4), "VocabularyLayout::serial: m is 4, expected 1 .. 3");
}
