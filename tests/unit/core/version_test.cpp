// SPDX-License-Identifier: MIT
#include "flashvideo/core/version.hpp"

#include <fstream>
#include <string>

#include "support/catch.hpp"

TEST_CASE("version: CMake's package version is the header's") {
  std::ifstream file(std::string(FLASHVIDEO_BINARY_DIR) + "/flashvideo-config-version.cmake");
  std::string line;
  const std::string expected = "set(PACKAGE_VERSION \"" FLASHVIDEO_VERSION "\")";
  bool found = false;
  while (std::getline(file, line)) found = found || line == expected;
  CHECK(found);
}

TEST_CASE("version: the text is made of the three numbers") {
  CHECK(std::string(FLASHVIDEO_VERSION) == std::to_string(FLASHVIDEO_VERSION_MAJOR) + "." +
                                               std::to_string(FLASHVIDEO_VERSION_MINOR) + "." +
                                               std::to_string(FLASHVIDEO_VERSION_PATCH));
}
