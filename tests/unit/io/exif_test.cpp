// SPDX-License-Identifier: MIT
#include "flashvideo/io/exif.hpp"

#include <random>
#include <string>

#include "support/catch.hpp"

using namespace flashvideo;
using namespace std::string_literals;

namespace {

const std::string little =
    "II*\0\x08\0\0\0\x02\0\x0F\x01\x02\0\x01\0\0\0\0\0\0\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"s;
const std::string big = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0"s;

std::string png_with(const std::string& exif) {
  const auto chunk = [](const std::string& kind, const std::string& content) {
    return "\0\0\0"s + static_cast<char>(content.size()) + kind + content + "crc."s;
  };
  return "\x89PNG\r\n\x1a\n"s + chunk("IHDR", std::string(13, 'x')) +
         (exif.empty() ? "" : chunk("eXIf", exif)) + chunk("IEND", "");
}

}  // namespace

TEST_CASE("picture_orientation: the tag in either order of bytes, in TIFF and in PNG") {
  CHECK(picture_orientation(little) == 6);
  CHECK(picture_orientation(big) == 8);
  CHECK(picture_orientation(png_with(little)) == 6);
  CHECK(picture_orientation(png_with(big)) == 8);
  CHECK(picture_orientation(png_with("")) == 0);
  CHECK(picture_orientation(little.substr(0, 22)) == 0);
  CHECK(picture_orientation("II") == 0);
  CHECK(picture_orientation("") == 0);
  CHECK(picture_orientation("some text") == 0);
}

TEST_CASE("picture_orientation: damaged bytes are read without harm") {
  std::mt19937 random(1);
  for (const std::string& valid : {little, big, png_with(little)}) {
    for (int i = 0; i < 2000; ++i) {
      std::string bytes = valid.substr(0, 1 + random() % valid.size());
      for (int k = 0; k < 3; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
      picture_orientation(bytes);
    }
  }
  SUCCEED();
}
