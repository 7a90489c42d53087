// SPDX-License-Identifier: MIT
#include "flashvideo/io/json_field_reader.hpp"

#include "flashvideo/io/json_parser.hpp"
#include "support/catch.hpp"
#include "support/sample_fields.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using test::Sample;

namespace {

const std::string good =
    R"({"kind": "sample", "steps": 3, "rate": 2, "loud": true, "mode": "exact", "widths": [5], "angles": [0.5, 1],
        "words": ["x"], "inner": {"spacing": 7}, "items": [{"spacing": 8}, {"spacing": 9}, {"spacing": 1}],
        "other": {"spacing": 6}})";

/// What is said of the good text with `from` replaced by `to`.
std::string complaint(const std::string& from, const std::string& to) {
  std::string text = good;
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  return test::message_of<value_error>([&] { from_json<Sample>(parse_json(text)); });
}

}  // namespace

TEST_CASE("from_json: every kind of field is read") {
  const Sample sample = from_json<Sample>(parse_json(good));
  CHECK(sample == Sample{.steps = 3,
                         .rate = 2,
                         .loud = true,
                         .mode = "exact",
                         .widths = {5},
                         .angles = {0.5, 1},
                         .words = {"x"},
                         .inner = {7},
                         .items = {{8}, {9}, {1}},
                         .same = false,
                         .other = {6}});
}

TEST_CASE("from_json: an optional field may be absent, a word may stand for a part") {
  std::string text = good;
  text.replace(text.find(R"("angles": [0.5, 1],)"), 19, "");
  text.replace(text.find(R"({"spacing": 6})"), 14, R"("inner")");
  const Sample sample = from_json<Sample>(parse_json(text));
  CHECK(sample.angles.empty());
  CHECK(sample.same);
}

TEST_CASE("from_json: an unknown member is refused with the nearest known one and its path") {
  CHECK(complaint(R"("steps")", R"("stepps")") == "stepps: unknown, did you mean steps?");
  CHECK(complaint(R"("rate": 2)", R"("rate": 2, "Rate": 2)") == "Rate: unknown, did you mean rate?");
  CHECK(complaint(R"({"spacing": 7})", R"({"spacing": 7, "spacng": 7})") ==
        "inner.spacng: unknown, did you mean spacing?");
  CHECK(complaint(R"({"spacing": 9})", R"({"spacing": 9, "x": 7})") ==
        "items[1].x: unknown, expected one of spacing");
  CHECK(complaint(R"("rate": 2)", R"("rate": 2, ")" + std::string(100'000, 'r') + R"(": 2)").size() < 200);
}

TEST_CASE("from_json: a missing member is named with its path") {
  CHECK(complaint(R"("steps": 3, )", "") == "steps: missing");
  CHECK(complaint(R"("kind": "sample", )", "") == "kind: missing");
  CHECK(complaint(R"("inner": {"spacing": 7}, )", "") == "inner: missing");
  CHECK(complaint(R"({"spacing": 7})", "{}") == "inner.spacing: missing");
  CHECK(complaint(R"({"spacing": 9})", "{}") == "items[1].spacing: missing");
  CHECK(complaint(R"(,
        "other": {"spacing": 6})",
                  "") == "other: missing");
}

TEST_CASE("from_json: a value of another kind is shown") {
  CHECK(complaint(R"("steps": 3)", R"("steps": "3")") == "steps is \"3\", expected an integer >= 1");
  CHECK(complaint(R"("steps": 3)", R"("steps": 3.5)") == "steps is 3.5, expected an integer >= 1");
  CHECK(complaint(R"("rate": 2)", R"("rate": null)") == "rate is null, expected a number");
  CHECK(complaint(R"("loud": true)", R"("loud": 1)") == "loud is 1, expected true or false");
  CHECK(complaint(R"("mode": "exact")", R"("mode": 1)") == "mode is 1, expected a text");
  CHECK(complaint(R"("widths": [5])", R"("widths": 5)") == "widths is 5, expected an array");
  CHECK(complaint(R"("widths": [5])", R"("widths": [5, "6"])") ==
        "widths[1] is \"6\", expected an integer >= 1");
  CHECK(complaint(R"({"spacing": 7})", "7") == "inner is 7, expected an object");
  CHECK(complaint(R"({"spacing": 9})", "9") == "items[1] is 9, expected an object");
  CHECK(complaint(R"("rate": 2)", R"("rate": [)" + std::string(1000, ' ') +
                                      "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23]") ==
        "rate is [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22..., expected a number");
  CHECK(test::message_of<value_error>([] { from_json<Sample>(parse_json("[1]")); }) ==
        "found [1], expected an object");
}

TEST_CASE("from_json: a value out of range is refused with its path") {
  CHECK(complaint(R"("steps": 3)", R"("steps": 0)") == "steps is 0, expected >= 1");
  CHECK(complaint(R"("rate": 2)", R"("rate": -2)") == "rate is -2, expected > 0");
  CHECK(complaint(R"("kind": "sample")", R"("kind": "other")") == "kind is \"other\", expected \"sample\"");
  CHECK(complaint(R"("mode": "exact")", R"("mode": "slow")") ==
        "mode is \"slow\", expected \"fast\" or \"exact\"");
  CHECK(complaint(R"("widths": [5])", R"("widths": [5, 0])") == "widths[1] is 0, expected >= 1");
  CHECK(complaint(R"("widths": [5])", R"("widths": [])") == "the number of widths is 0, expected 1..3");
  CHECK(complaint(R"({"spacing": 9})", R"({"spacing": -1})") == "items[1].spacing is -1, expected >= 1");
  CHECK(complaint(R"({"spacing": 6})", R"("outer")") == "other is \"outer\", expected \"inner\"");
}
