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

TEST_CASE("edit_distance: counts insertions, deletions and replacements") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("", "ab") == 2);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("sqare", "square") == 1);
  CHECK(edit_distance("star", "stair") == 1);
  CHECK(edit_distance("abcd", "acbd") == 2);
}
