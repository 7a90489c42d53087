// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/text/normalized_words.hpp"

#include <vector>

#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

using namespace flashvideo;
using Words = std::vector<std::string>;

TEST_CASE("normalized_words: lower case, punctuation dropped") {
  CHECK(normalized_words("A red Star, moves up and DOWN!") ==
        Words{"a", "red", "star", "moves", "up", "and", "down"});
  CHECK(normalized_words("Don't stop: star-ship 7") == Words{"dont", "stop", "star", "ship", "7"});
  CHECK(normalized_words("don\xE2\x80\x99t \xE2\x80\x9Cstop\xE2\x80\x9D\xE2\x80\xA6now") ==
        Words{"dont", "stop", "now"});
  CHECK(normalized_words("\xC3\x89toile\xC2\xA0NOIRE \xE7\x8C\xAB") ==
        Words{"\xC3\xA9toile", "noire", "\xE7\x8C\xAB"});
  CHECK(normalized_words("3\xC3\x97"
                         "4") == Words{"3\xC3\x97"
                                       "4"});  // the times sign has no lower case
  CHECK(normalized_words(" \t.,\n").empty());
  CHECK(normalized_words("").empty());
  CHECK(normalized_words("' a '") == Words{"a"});
}

TEST_CASE("normalized_words: ASCII sentences give letters and digits in lower case, parted by all else") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed);
    std::string sentence;
    for (index_t i = random.below(60); i > 0; --i) sentence += static_cast<char>(random.below(128));
    Words expected;
    bool inside = false;
    for (const char c : sentence) {
      const bool small = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'), large = c >= 'A' && c <= 'Z';
      if (small || large) {
        if (!inside) expected.emplace_back();
        expected.back() += static_cast<char>(small ? c : c + 0x20);
      }
      inside = small || large || (c == '\'' && inside);
    }
    CAPTURE(seed);
    CHECK(normalized_words(sentence) == expected);
  }
}

TEST_CASE("normalized_words: case is folded and each text has one form in every alphabet") {
  CHECK(normalized_words("STRASSE straße") == Words{"strasse", "strasse"});
  CHECK(normalized_words("ΣΙΣΥΦΟΣ КРАСН") == Words{"σισυφοσ", "красн"});
  CHECK(normalized_words("étoile étoile") == Words{"étoile", "étoile"});
  CHECK(normalized_words("ＲＥＤ ﬁne") == Words{"red", "fine"});         // full width, a ligature
  CHECK(normalized_words("a­b ﻿c d‍e") == Words{"ab", "c", "de"});  // what nobody sees
  CHECK(normalized_words("don＇t") == Words{"dont"});
  CHECK(normalized_words("a​b") == Words{"a", "b"});  // a place to break the line at
}

TEST_CASE("normalized_words: punctuation of every script parts words") {
  CHECK(normalized_words("red。star，up、and！down،left।right") ==
        Words{"red", "star", "up", "and", "down", "left", "right"});
  CHECK(normalized_words("「red」«star»¿up?") == Words{"red", "star", "up"});
  CHECK(normalized_words("red　star up") == Words{"red", "star", "up"});
  CHECK(normalized_words("。，́").empty());  // nor does a lone accent make a word
}

TEST_CASE("normalized_words: Chinese, Japanese, Korean and pictures are split by character") {
  CHECK(normalized_words("红星，转圈。") == Words{"红", "星", "转", "圈"});
  CHECK(normalized_words("赤いスター") == Words{"赤", "い", "ス", "タ", "ー"});
  CHECK(normalized_words("ｶﾞ") == Words{"ガ"});  // half width, with its voice mark
  CHECK(normalized_words("별이 red") == Words{"별", "이", "red"});
  CHECK(normalized_words("红star2星") == Words{"红", "star2", "星"});
  CHECK(normalized_words("𠀀🌟🌟x") == Words{"𠀀", "🌟", "🌟", "x"});
}

TEST_CASE("normalized_words: every character's normal form is its own") {
  index_t wrong = 0;
  for (std::int32_t code = 0; code < 0x110000; code = code == 0xD7FF ? 0xE000 : code + 1) {
    utf8proc_uint8_t bytes[4];
    const auto length = static_cast<std::size_t>(utf8proc_encode_char(code, bytes));
    const Words words = normalized_words("a" + std::string(reinterpret_cast<const char*>(bytes), length));
    std::string joined;
    for (const std::string& word : words) joined += word + ' ';
    if (normalized_words(joined) != words) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("normalized_words: normal words stay as they are") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    RandomStream random(seed);
    std::string sentence;
    for (index_t i = random.below(40); i > 0; --i) sentence += static_cast<char>(random.below(256));
    const Words words = normalized_words(sentence);
    std::string joined;
    for (const std::string& word : words) joined += word + ' ';
    CAPTURE(seed);
    CHECK(normalized_words(joined) == words);
  }
}
