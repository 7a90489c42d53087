// SPDX-License-Identifier: MIT
#include "flashvideo/core/in_quotes.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("in_quotes: what is short and can be shown stands as it is") {
  CHECK(in_quotes("") == "\"\"");
  CHECK(in_quotes("a red \xC3\xA9toile") == "\"a red \xC3\xA9toile\"");
  CHECK(in_quotes(std::string(40, 'x')) == '"' + std::string(40, 'x') + '"');
}

TEST_CASE("in_quotes: long texts are cut between two characters") {
  CHECK(in_quotes(std::string(10000, 'x')) == '"' + std::string(40, 'x') + "...\"");
  CHECK(in_quotes("\xE3\x80\x82\xE3\x80\x82\xE3\x80\x82", 2) == "\"\xE3\x80\x82\xE3\x80\x82...\"");
}

TEST_CASE(
    "in_quotes: what a terminal would obey or hide is written out, and so are bytes that are no UTF-8") {
  CHECK(in_quotes("\x1B[1ma\nb\x7F") == "\"\\u001b[1ma\\u000ab\\u007f\"");
  CHECK(in_quotes(std::string_view("\0", 1)) == "\"\\u0000\"");
  CHECK(in_quotes("\xE9toile\xFF") == "\"\\xe9toile\\xff\"");
  CHECK(in_quotes("a\xE2\x80\xAE"
                  "b") == "\"a\\u202eb\"");                   // turns the direction of writing
  CHECK(in_quotes("\xF3\xA0\x81\x81") == "\"\\U000e0041\"");  // a tag that nobody sees
}
