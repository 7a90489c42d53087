// SPDX-License-Identifier: MIT
#include "flashvideo/data/gzip.hpp"

#include <zlib.h>

#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

TEST_CASE("read_gzip_file: gives back what was compressed, of any length") {
  const test::TemporaryFolder folder;
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{65536}, std::size_t{300001}}) {
    RandomStream random(length);
    std::vector<std::uint8_t> bytes(length);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
    gzFile file = gzopen(folder.file("x.gz").c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(length));
    gzclose(file);
    REQUIRE(read_gzip_file(folder.file("x.gz")) == bytes);
  }
}

TEST_CASE("read_gzip_file: plain files are read as they are, damaged and missing ones named") {
  const test::TemporaryFolder folder;
  test::write_text(folder.file("plain"), "hello");
  REQUIRE(read_gzip_file(folder.file("plain")) == std::vector<std::uint8_t>{'h', 'e', 'l', 'l', 'o'});
  REQUIRE_THROWS_AS(read_gzip_file(folder.file("absent")), io_error);

  gzFile file = gzopen(folder.file("x.gz").c_str(), "wb");
  RandomStream random(1);
  for (int i = 0; i < 20000; ++i) gzputc(file, static_cast<int>(random.below(256)));
  gzclose(file);
  std::ifstream whole(folder.file("x.gz"), std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(whole)), std::istreambuf_iterator<char>());
  test::write_text(folder.file("short.gz"), bytes.substr(0, bytes.size() / 2));
  REQUIRE_THROWS_AS(read_gzip_file(folder.file("short.gz")), format_error);
  REQUIRE_THROWS_WITH(read_gzip_file(folder.file("short.gz")),
                      Catch::Contains("short.gz: damaged gzip data"));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  test::write_text(folder.file("bent.gz"), bytes);
  REQUIRE_THROWS_AS(read_gzip_file(folder.file("bent.gz")), format_error);
}
