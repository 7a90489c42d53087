// SPDX-License-Identifier: MIT
#include "flashvideo/io/protobuf_fields.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/tf_records.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("ProtobufFields: the four wire types, numbers of several bytes") {
  const std::string text = varint(1 << 3) + varint(300) + varint(2 << 3 | 1) + little_endian(7, 8) +
                           field(16, "abc") + varint(4 << 3 | 5) + little_endian(9, 4);
  ProtobufFields fields(bytes_of(text));
  auto next = fields.next();
  CHECK((next->number == 1 && next->value == 300));
  next = fields.next();
  CHECK((next->number == 2 && next->value == 7));
  next = fields.next();
  CHECK((next->number == 16 && next->is_bytes && next->bytes.size() == 3));
  next = fields.next();
  CHECK((next->number == 4 && next->value == 9));
  CHECK_FALSE(fields.next().has_value());
}

TEST_CASE("ProtobufFields: truncated, endless and unknown fields are refused") {
  const auto read = [](const std::string& text) {
    ProtobufFields fields(bytes_of(text));
    while (fields.next()) {
    }
  };
  CHECK_THROWS_WITH(read("\x0a\x05"
                         "ab"),
                    Catch::Contains("a field of 5 bytes, 2 left"));
  CHECK_THROWS_WITH(read("\x08\xff"), Catch::Contains("truncated within a number"));
  CHECK_THROWS_WITH(read("\x08" + std::string(10, '\xff')), Catch::Contains("more than 64 bits"));
  CHECK_THROWS_WITH(read("\x0b"), Catch::Contains("wire type 3"));
  CHECK_THROWS_WITH(read("\x0d\x01"), Catch::Contains("truncated"));
}
