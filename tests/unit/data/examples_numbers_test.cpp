// SPDX-License-Identifier: MIT
#include "../../../examples/common/numbers.hpp"

#include <limits>

#include "support/catch.hpp"

namespace {

template <typename Number>
std::string wrong(std::string_view text, Number least, Number most) {
  Number value{};
  return example::read_number(text, least, most, value);
}

template <typename Number>
Number value_of(std::string_view text) {
  Number value{};
  const std::string wrong = example::read_number(text, std::numeric_limits<Number>::lowest(),
                                                 std::numeric_limits<Number>::max(), value);
  CHECK(wrong == "");
  return value;
}

constexpr auto most = std::numeric_limits<std::uint64_t>::max();

}  // namespace

TEST_CASE("read_number: whole numbers of every type, to their last digit") {
  CHECK(value_of<std::uint64_t>("18446744073709551615") == most);
  CHECK(value_of<std::int64_t>("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(value_of<std::int64_t>("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(value_of<int>("+7") == 7);
  CHECK(value_of<int>("-0") == 0);
  CHECK(value_of<int>("010") == 10);
}

TEST_CASE("read_number: what the type cannot hold is outside the bounds, never another number") {
  CHECK(wrong<std::uint64_t>("-1", 0, most) == "-1 is too small, at least 0");
  CHECK(wrong<std::uint64_t>("18446744073709551616", 0, most) ==
        "18446744073709551616 is too large, at most 18446744073709551615");
  CHECK(wrong<int>("4294967297", 0, 1024) == "4294967297 is too large, at most 1024");
  CHECK(wrong<int>("-4294967297", -5, 1024) == "-4294967297 is too small, at least -5");
  CHECK(wrong<std::int64_t>("-9223372036854775809", std::numeric_limits<std::int64_t>::min(), 0) ==
        "-9223372036854775809 is too small, at least -9223372036854775808");
  CHECK(wrong<int>(std::string(500, '9'), 0, 1) ==
        "\"" + std::string(40, '9') + "...\" is too large, at most 1");
}

TEST_CASE("read_number: bounds belong to the range, and are printed as people write them") {
  CHECK(wrong<int>("0", 1, 10) == "0 is too small, at least 1");
  CHECK(wrong<int>("1", 1, 10) == "");
  CHECK(wrong<int>("10", 1, 10) == "");
  CHECK(wrong<int>("11", 1, 10) == "11 is too large, at most 10");
  CHECK(wrong<int>("-6", -5, -2) == "-6 is too small, at least -5");
  CHECK(wrong<int>("-1", -5, -2) == "-1 is too large, at most -2");
  CHECK(wrong<int>("3", -5, -2) == "3 is too large, at most -2");
  CHECK(wrong<double>("1e7", 0, 1e6) == "1e7 is too large, at most 1000000");
  CHECK(wrong<double>("0", 1e-6, 1) == "0 is too small, at least 0.000001");
  CHECK(wrong<double>("-0.1", 0, 1) == "-0.1 is too small, at least 0");
}

TEST_CASE("read_number: what is no number is said to be none") {
  for (const char* text : {"", "-", "+", "--1", "+-1", "abc", "1x", "0x10", "1e3", "1.0", " 1", "1 "}) {
    CAPTURE(text);
    CHECK(wrong<int>(text, 0, 5) == '"' + std::string(text) + "\" is no whole number");
  }
  CHECK(wrong<double>("half", 0, 1) == "\"half\" is no number");
  for (const char* text : {"nan", "inf", "-inf", "1e400"})
    CHECK(wrong<double>(text, 0, 1) == '"' + std::string(text) + "\" is no number that the program can hold");
  CHECK(value_of<double>("-.5") == -0.5);
  CHECK(value_of<double>("2e-3") == 0.002);
}
