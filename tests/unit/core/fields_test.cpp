// SPDX-License-Identifier: MIT
#include "flashvideo/core/fields.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/sample_fields.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using test::message_of;
using test::Sample;

namespace {

template <typename Change>
std::string complaint(const Change& change) {
  Sample sample;
  change(sample);
  return message_of<value_error>([&] { check_fields("Sample", sample); });
}

}  // namespace

TEST_CASE("Range: is written as people write it") {
  CHECK(at_least(1).text() == ">= 1");
  CHECK(at_least(0.5).text() == ">= 0.5");
  CHECK(above(0.0).text() == "> 0");
  CHECK(between(0, 8).text() == "0..8");
  CHECK(within(0.0, 1.0).text() == "within [0, 1]");
  CHECK(within_below(0.0, 1.0).text() == "within [0, 1)");
  CHECK(any_real().text().empty());
}

TEST_CASE("Range: its ends are inside unless said otherwise, what is no number never is") {
  CHECK(at_least(1).holds(1));
  CHECK_FALSE(at_least(1).holds(0));
  CHECK_FALSE(at_least(1).holds(largest_count + 1));
  CHECK(between(0, 8).holds(8));
  CHECK_FALSE(between(0, 8).holds(9));
  CHECK_FALSE(above(0.0).holds(0));
  CHECK(above(0.0).holds(1e-300));
  CHECK(within(0.0, 1.0).holds(1));
  CHECK_FALSE(within_below(0.0, 1.0).holds(1));
  for (const RealRange& range : {at_least(0.0), above(0.0), within(0.0, 1.0), any_real()}) {
    CHECK_FALSE(range.holds(std::nan("")));
    CHECK_FALSE(range.holds(INFINITY));
    CHECK_FALSE(range.holds(-INFINITY));
  }
}

TEST_CASE("Range: a message names the end that is passed") {
  const auto text = [](const auto& range, auto value) {
    return message_of<value_error>([&] { range.check("steps", value); });
  };
  CHECK(text(at_least(1), index_t{0}) == "steps is 0, expected >= 1");
  CHECK(text(at_least(1, 100), index_t{101}) == "steps is 101, expected <= 100");
  CHECK(text(between(0, 8), index_t{9}) == "steps is 9, expected 0..8");
  CHECK(text(above(0.0), -0.5) == "steps is -0.5, expected > 0");
  CHECK(text(any_real(), std::nan("")) == "steps is nan, expected a finite number");
  CHECK(text(at_least(1), index_t{1}) == "nothing thrown");
}

TEST_CASE("check_fields: the first number out of range is named, wherever it stands") {
  CHECK(complaint([](Sample&) {}) == "nothing thrown");
  CHECK(complaint([](Sample& s) { s.steps = 0; }) == "Sample: steps is 0, expected >= 1");
  CHECK(complaint([](Sample& s) { s.rate = std::nan(""); }) ==
        "Sample: rate is nan, expected a finite number > 0");
  CHECK(complaint([](Sample& s) { s.mode = "slow"; }) ==
        "Sample: mode is \"slow\", expected \"fast\" or \"exact\"");
  CHECK(complaint([](Sample& s) { s.widths = {4, -1}; }) == "Sample: widths[1] is -1, expected >= 1");
  CHECK(complaint([](Sample& s) { s.widths.clear(); }) == "Sample: the number of widths is 0, expected 1..3");
  CHECK(complaint([](Sample& s) {
          s.angles = {0.0, INFINITY};
        }) == "Sample: angles[1] is inf, expected a finite number");
  CHECK(complaint([](Sample& s) { s.inner.spacing = 0; }) == "Sample: inner.spacing is 0, expected >= 1");
  CHECK(complaint([](Sample& s) { s.items = {{1}, {0}}; }) == "Sample: items[1].spacing is 0, expected >= 1");
  CHECK(complaint([](Sample& s) { s.items.clear(); }) == "Sample: the number of items is 0, expected 1..4");
  CHECK(complaint([](Sample& s) {
          s.same = false;
          s.other.spacing = 0;
        }) == "Sample: other.spacing is 0, expected >= 1");
}
