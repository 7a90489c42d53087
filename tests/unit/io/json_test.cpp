// SPDX-License-Identifier: MIT
#include "flashvideo/io/json.hpp"

#include <cmath>
#include <limits>

#include "flashvideo/io/json_parser.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("Json: objects keep the order of their members") {
  Json config;
  config.set("zebra", 1).set("apple", "two").set("mango", Json::array_of(std::vector<int>{1, 2, 3}));
  config.set("zebra", nullptr);
  CHECK(config.dump() == R"({"zebra":null,"apple":"two","mango":[1,2,3]})");
}

TEST_CASE("Json: empty containers, booleans and escapes are written as JSON") {
  CHECK(Json::object().dump() == "{}");
  CHECK(Json::array().dump() == "[]");
  CHECK(Json(true).dump() == "true");
  CHECK(Json("a\"\\\n\t\x01/\xc3\xa9").dump() == "\"a\\\"\\\\\\n\\t\\u0001/\xc3\xa9\"");
}

TEST_CASE("Json: integers are exact over the whole of int64") {
  for (const std::int64_t value :
       {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
        (std::int64_t{1} << 53) + 1, std::numeric_limits<std::int64_t>::max()}) {
    const Json back = parse_json(Json(value).dump());
    CHECK(back.is_integer());
    CHECK(back.as_integer() == value);
  }
  CHECK_THROWS_AS(Json(std::numeric_limits<std::uint64_t>::max()), value_error);
}

TEST_CASE("Json: reals are read back to the same bits, and as reals") {
  for (const double value : {0.1, 1.0, -0.0, 1e300, 5e-324, 1.0 / 3.0, 1e15, 1e16, 123456789.125}) {
    const Json back = parse_json(Json(value).dump());
    CHECK_FALSE(back.is_integer());
    CHECK(back.as_number() == value);
    CHECK(std::signbit(back.as_number()) == std::signbit(value));
  }
  CHECK_THROWS_AS(Json(std::nan("")).dump(), value_error);
  CHECK_THROWS_AS(Json(std::numeric_limits<double>::infinity()).dump(), value_error);
}

TEST_CASE("Json: a value used as another kind is an error that names both") {
  CHECK_THROWS_WITH(Json("x").as_integer(), "Json: found a string, expected an integer");
  CHECK_THROWS_WITH(Json(1.5).as_integer(), "Json: found a real, expected an integer");
  CHECK_THROWS_WITH(Json(1).as_array(), "Json: found an integer, expected an array");
  CHECK_THROWS_WITH(Json(1).find("x"), "Json: found an integer, expected an object");
  CHECK_THROWS_WITH(Json::object().at("width"), "Json: the object has no member \"width\"");
  CHECK(Json(3).as_number() == 3.0);
}

TEST_CASE("Json: equality compares values, keys and order") {
  const auto parse = [](const char* text) { return parse_json(text); };
  CHECK(parse(R"({"a":[1,{"b":null}]})") == parse(R"( { "a" : [ 1 , { "b" : null } ] } )"));
  CHECK_FALSE(parse(R"({"a":1,"b":2})") == parse(R"({"b":2,"a":1})"));
  CHECK_FALSE(parse("1") == parse("1.0"));
}

TEST_CASE("Json: a text that is no UTF-8 has no JSON form, neither as a value nor as a key") {
  CHECK_THROWS_WITH(Json("\xE9toile").dump(), "Json: a text of 6 bytes is no UTF-8 at byte 0");
  Json object = Json::object();
  object.set("caf\xE9", 1);
  CHECK_THROWS_AS(object.dump(), value_error);
}
