// SPDX-License-Identifier: MIT
#include "flashvideo/io/json_parser.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("parse_json: a text that is written and read again is the same text") {
  const std::string text =
      R"({"name":"retnet","sizes":[1,-2,3.5,1e+30],"deep":[[[{}]]],"flags":[true,false,null],"empty":""})";
  CHECK(parse_json(text).dump() == text);
}

TEST_CASE("parse_json: escapes, surrogate pairs included, become UTF-8") {
  CHECK(parse_json(R"("\"\\\/\b\f\n\r\t")").as_string() == "\"\\/\b\f\n\r\t");
  CHECK(parse_json(R"("\u0041\u00e9\u20AC\uD83D\ude00")").as_string() ==
        "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  CHECK(parse_json(R"("\u0000")").as_string() == std::string(1, '\0'));
}

TEST_CASE("parse_json: integers beyond int64 become the nearest real") {
  CHECK(parse_json("9223372036854775807").is_integer());
  CHECK_FALSE(parse_json("9223372036854775808").is_integer());
  CHECK(parse_json("9223372036854775808").as_number() == 9223372036854775808.0);
}

TEST_CASE("parse_json: what is no JSON is an error at its byte") {
  struct Case {
    const char* text;
    const char* message;
  };
  const Case cases[] = {
      {"", "JSON, byte 0: expected a value, found the end"},
      {"  ", "JSON, byte 2: expected a value, found the end"},
      {"{", "JSON, byte 1: expected a quoted key, found the end"},
      {"{\"a\" 1}", "JSON, byte 5: expected ':' after a key"},
      {"{\"a\":1 \"b\":2}", "JSON, byte 7: expected ',' or '}' in an object"},
      {"{\"a\":1,}", "JSON, byte 7: expected a quoted key"},
      {"{,}", "JSON, byte 1: expected a quoted key"},
      {"[1,]", "JSON, byte 3: expected a value"},
      {"[1 2]", "JSON, byte 3: expected ',' or ']' in an array"},
      {"[1", "JSON, byte 2: expected ',' or ']' in an array, found the end"},
      {"1 2", "JSON, byte 2: expected the end after the value"},
      {"01", "JSON, byte 1: a number starts with 0"},
      {"-", "JSON, byte 1: expected a digit, found the end"},
      {"1.", "JSON, byte 2: expected a digit after '.', found the end"},
      {"1e+", "JSON, byte 3: expected a digit in the exponent, found the end"},
      {"1e400", "JSON, byte 0: the number is out of range"},
      {"nul", "JSON, byte 0: expected a value"},
      {"\"abc", "JSON, byte 4: expected '\"' at the end of a string, found the end"},
      {"\"a\nb\"", "JSON, byte 2: a control character inside a string"},
      {"\"\xE9toile\"", "JSON, byte 1: a string is no UTF-8"},
      {"{\"a\":\"b\xC3\"}", "JSON, byte 7: a string is no UTF-8"},
      {"\"\\x\"", "JSON, byte 2: unknown escape"},
      {"\"\\u12g4\"", "JSON, byte 3: expected four hexadecimal digits"},
      {"\"\\u12", "JSON, byte 3: expected four hexadecimal digits"},
      {"\"\\ud800\"", "JSON, byte 3: half of a surrogate pair"},
      {"\"\\ud800\\u0041\"", "JSON, byte 3: half of a surrogate pair"},
      {"\"\\udc00\"", "JSON, byte 3: half of a surrogate pair"},
      {"{\"a\":1,\"b\":2,\"a\":3}", "JSON, byte 13: the key \"a\" stands twice"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK_THROWS_WITH(parse_json(c.text), c.message);
    CHECK_THROWS_AS(parse_json(c.text), format_error);
  }
}

TEST_CASE("parse_json: the error names the source and counts from its base") {
  CHECK_THROWS_WITH(parse_json("[?]", "model.safetensors", 8), "model.safetensors, byte 9: expected a value");
}

TEST_CASE("parse_json: 64 levels are read, the next is refused") {
  CHECK(parse_json(std::string(63, '[') + "1" + std::string(63, ']')).is_array());
  CHECK_THROWS_WITH(parse_json(std::string(64, '[') + "1" + std::string(64, ']')),
                    "JSON, byte 64: nested deeper than 64 levels");
  CHECK_THROWS_AS(parse_json(std::string(1000000, '[')), format_error);
}

TEST_CASE("parse_json: a text of several lines is wrong in a line") {
  CHECK_THROWS_WITH(parse_json("{\n  \"a\": 1,\n  \"a\": 2\n}\n", "my.json"),
                    "my.json: line 3: the key \"a\" stands twice");
  CHECK_THROWS_WITH(parse_json("{\n  \"a\": 1\n", "my.json"),
                    "my.json: line 3: expected ',' or '}' in an object, found the end");
  CHECK_THROWS_WITH(parse_json("{\"a\": x}\n", "my.json"), "my.json, byte 6: expected a value");
}
