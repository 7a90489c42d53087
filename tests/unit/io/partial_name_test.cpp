// SPDX-License-Identifier: MIT
#include "flashvideo/io/partial_name.hpp"

#include <set>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("followed: links to links and to what is not there yet are followed, rings are refused") {
  const TemporaryFolder folder;
  CHECK(followed_path("plain") == "plain");
  std::filesystem::create_symlink("later", folder.file("link"));
  std::filesystem::create_symlink(folder.file("link"), folder.file("second"));
  CHECK(followed_path(folder.file("link")) == folder.file("later"));
  CHECK(followed_path(folder.file("second")) == folder.file("later"));
  std::filesystem::create_symlink("ring", folder.file("ring"));
  CHECK_THROWS_AS(followed_path(folder.file("ring")), io_error);
}

TEST_CASE("partial_name: a name of its own for each number, in the same folder, never too long") {
  const TemporaryFolder folder;
  std::set<std::string> names;
  for (const std::size_t length : {std::size_t{1}, std::size_t{230}, std::size_t{240}, std::size_t{255}}) {
    const std::string path = folder.file(std::string(length, 'n'));
    for (const int number : {0, 1, 12}) {
      const std::string name = io_detail::partial_name(path, number);
      CHECK(io_detail::folder_part(name) == io_detail::folder_part(path));
      CHECK(name.size() - io_detail::folder_part(name).size() <= 255);
      CHECK(name != path);
      CHECK((length >= 240 || names.insert(name).second));
    }
  }
  CHECK(io_detail::partial_name("star.mp4", 0) == "star.mp4.flashvideo-partial");
  CHECK(io_detail::partial_name("frames/", 2) == "frames/.flashvideo-partial2");
}
