// SPDX-License-Identifier: MIT
#include "flashvideo/io/json_difference.hpp"

#include "flashvideo/io/json_parser.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

std::string difference(const char* stored, const char* current) {
  return json_difference(parse_json(stored), parse_json(current));
}

}  // namespace

TEST_CASE("json_difference: names the first key that differs") {
  const char* sample = R"({"a": 1, "trainer": {"rate": 0.1, "seed": "7"}})";
  CHECK(difference(sample, sample).empty());
  CHECK(difference(sample, R"({"trainer": {"seed": "7", "rate": 0.1}, "a": 1})").empty());
  CHECK(difference(sample, R"({"a": 1, "trainer": {"rate": 0.2, "seed": "7"}})") ==
        "trainer.rate = 0.1, this run has 0.2");
  CHECK(difference(sample, R"({"a": 1, "trainer": {"rate": 0.1, "seed": "7"}, "b": "x"})") ==
        "no b, this run has \"x\"");
  CHECK(difference(sample, R"({"trainer": {"rate": 0.1, "seed": "7"}})") == "a = 1, this run has none");
  CHECK(difference(sample, R"({"a": 1, "trainer": {"rate": 0.1}})") ==
        "trainer.seed = \"7\", this run has none");
  CHECK(json_difference(Json(1), Json(2), "the configuration", "d_model") ==
        "d_model = 1, the configuration has 2");
}

TEST_CASE("json_difference: arrays as long as one another differ in an item") {
  CHECK(difference(R"({"gaps": [{"n": 1}, {"n": 2}]})", R"({"gaps": [{"n": 1}, {"n": 3}]})") ==
        "gaps[1].n = 2, this run has 3");
  CHECK(difference(R"({"gaps": [1, 2]})", R"({"gaps": [1]})") == "gaps = [1,2], this run has [1]");
}

TEST_CASE("json_difference: of texts, those that only one list has are named, five at most") {
  CHECK(difference(R"({"words": ["a", "blue", "red"]})", R"({"words": ["a", "green", "red"]})") ==
        "words \"blue\", which this run does not have, and without \"green\", which this run has");
  CHECK(difference(R"({"words": ["a", "b"]})", R"({"words": ["a"]})") ==
        "words \"b\", which this run does not have");
  CHECK(difference(R"({"words": ["a"]})", R"({"words": ["a", "b"]})") ==
        "words without \"b\", which this run has");
  CHECK(difference(R"({"words": ["a", "b"]})", R"({"words": ["b", "a"]})") ==
        "words[0] = \"a\", this run has \"b\"");
  CHECK(difference(R"({"words": ["1", "2", "3", "4", "5", "6", "7"]})", R"({"words": []})") ==
        "words \"1\", \"2\", \"3\", \"4\", \"5\" and 2 more, which this run does not have");
}
