// SPDX-License-Identifier: MIT
#include "flashvideo/core/utf8.hpp"

#include <string>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("invalid_utf8_at: valid text of every length of character has none") {
  for (const std::string text :
       {"", "star", "\xC3\xA9toile", "\xE6\x98\x9F", "\xF0\x9F\x8C\x9F", "\xC2\x80", "\xE0\xA0\x80",
        "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    INFO(text);
    CHECK(invalid_utf8_at("a" + text + "b") == text.size() + 2);
  }
}

TEST_CASE("invalid_utf8_at: names the first byte that is none") {
  for (const std::string bad :
       {"\xE9toile", "\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x9F\xBF", "\xE6\x98",
        "\xE6\x98z", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF0\x9F\x8C", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF\xFE", "\xFE\xFF"}) {
    INFO(bad);
    CHECK(invalid_utf8_at("\xC3\xA9 " + bad) == 3);
  }
}

TEST_CASE("first_character: one to four bytes, or one byte that is no UTF-8") {
  const auto is = [](std::string_view text, std::int32_t code, std::size_t length) {
    const Utf8Character found = first_character(text);
    return found.code == code && found.length == length;
  };
  CHECK(is("ab", 'a', 1));
  CHECK(is(std::string_view("\0", 1), 0, 1));
  CHECK(is("\xC3\xA9t", 0xE9, 2));
  CHECK(is("\xE3\x80\x82.", 0x3002, 3));
  CHECK(is("\xF0\x9F\x8C\x9F", 0x1F31F, 4));
  CHECK(is("\xE9toile", -1, 1));
}
