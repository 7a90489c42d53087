// SPDX-License-Identifier: MIT
#include "flashvideo/io/written_files.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

std::span<const std::byte> bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

TEST_CASE("WrittenFiles: holds what was added and nobody has changed since") {
  const TemporaryFolder folder;
  for (const char* name : {"a", "two words", "changed", "foreign"}) write_text(folder.file(name), name);
  {
    WrittenFiles list;
    for (const std::string name : {"a", "two words", "changed", "gone"}) list.add(name, bytes(name));
    list.save(folder.path());
  }
  write_text(folder.file("changed"), "by the user");
  const WrittenFiles list(folder.path());
  CHECK(list.prints().size() == 4);
  CHECK(list.holds("a"));
  CHECK(list.holds("two words"));
  CHECK_FALSE(list.holds("changed"));
  CHECK_FALSE(list.holds("gone"));
  CHECK_FALSE(list.holds("foreign"));
}

TEST_CASE("WrittenFiles: a link or a folder under a written name is not ours") {
  const TemporaryFolder folder;
  WrittenFiles list;
  list.add("link", bytes("x"));
  list.add("folder", bytes("x"));
  list.save(folder.path());
  write_text(folder.file("target"), "x");
  std::filesystem::create_symlink("target", folder.file("link"));
  std::filesystem::create_directory(folder.file("folder"));
  CHECK_FALSE(WrittenFiles(folder.path()).holds("link"));
  CHECK_FALSE(WrittenFiles(folder.path()).holds("folder"));
}

TEST_CASE("WrittenFiles: no list, an empty one or another text hold nothing") {
  const TemporaryFolder folder;
  write_text(folder.file("a"), "a");
  CHECK_FALSE(WrittenFiles(folder.path()).holds("a"));
  for (const char* text : {"", "\n\n\n", "a", "no list of ours, which names a\n", "0123456789abcdef"}) {
    write_text(folder.file(WrittenFiles::list_name), text);
    CHECK_FALSE(WrittenFiles(folder.path()).holds("a"));
  }
}
