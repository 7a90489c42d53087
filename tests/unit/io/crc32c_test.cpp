// SPDX-License-Identifier: MIT
#include "flashvideo/io/crc32c.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/pickles.hpp"

using namespace flashvideo;

TEST_CASE("crc32c: the known check value, RFC 3720's examples, every length") {
  const auto of = [](const std::string& text) { return crc32c(test::bytes_of(text)); };
  CHECK(of("123456789") == 0xE3069283U);
  CHECK(of(std::string(32, '\0')) == 0x8A9136AAU);
  CHECK(of(std::string(32, '\xff')) == 0x62A8AB43U);
  CHECK(of("") == 0);
  for (std::size_t length = 1; length < 40; ++length) {
    const std::string text = std::string("a polynomial over two elements, byte by byte").substr(0, length);
    std::uint32_t crc = ~0U;
    for (const char c : text) {
      crc ^= static_cast<unsigned char>(c);
      for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82F63B78U : crc >> 1;
    }
    CHECK(of(text) == ~crc);
  }
}
