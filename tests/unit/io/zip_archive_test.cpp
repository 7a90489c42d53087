// SPDX-License-Identifier: MIT
#include "flashvideo/io/zip_archive.hpp"

#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/zip_file.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("ZipArchive: names in their order, bytes as they were") {
  const TemporaryFolder folder;
  write_zip(folder.file("a.zip"), {{"x/one", "first"}, {"two", std::string(100000, 'z')}, {"empty", ""}});
  const ZipArchive archive(folder.file("a.zip"));
  CHECK(archive.names() == std::vector<std::string>{"x/one", "two", "empty"});
  CHECK(archive.contains("two"));
  CHECK_FALSE(archive.contains("three"));
  CHECK(archive.read("x/one").size() == 5);
  CHECK(archive.read("two").size() == 100000);
  CHECK(archive.read("empty").empty());
  CHECK_THROWS_WITH(archive.read("three"), folder.file("a.zip") + ": has no file three");
}

TEST_CASE("ZipArchive: a missing file, another kind and damaged bytes are told apart") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(ZipArchive(folder.file("none.zip")), io_error);
  write_text(folder.file("text.zip"), "no archive at all");
  CHECK_THROWS_AS(ZipArchive(folder.file("text.zip")), format_error);
  write_zip(folder.file("a.zip"), {{"one", "some bytes that are stored as they are"}});
  std::string text = read_text(folder.file("a.zip"));
  const std::size_t at = text.find("stored");
  if (at != std::string::npos) {
    text[at] = 'S';
    write_text(folder.file("b.zip"), text);
    CHECK_THROWS_WITH(ZipArchive(folder.file("b.zip")).read("one"), Catch::Contains("one is damaged"));
  } else {
    FAIL("the archive's bytes were expected to be stored without compression");
  }
}

TEST_CASE("ZipArchive: what would expand beyond the bound is refused before it is expanded") {
  const TemporaryFolder folder;
  const std::string zeros(ZipArchive::always_allowed / 2, '\0');
  write_zip(folder.file("zeros.zip"), {{"one", zeros}, {"two", zeros}}, ZIP_CM_DEFLATE);
  CHECK(ZipArchive(folder.file("zeros.zip")).read("two").size() == zeros.size());
  write_zip(folder.file("bomb.zip"), {{"one", zeros}, {"two", zeros}, {"three", "3"}}, ZIP_CM_DEFLATE);
  const auto size = std::filesystem::file_size(folder.file("bomb.zip"));
  CHECK_THROWS_WITH(
      ZipArchive(folder.file("bomb.zip")),
      formatted_message(
          "{}: three would expand an archive of {} bytes to more than 67108864, the most that is "
          "read (100 times the archive, at least 67108864)",
          folder.file("bomb.zip"), size));
  write_zip(folder.file("large.zip"), {{"one", zeros}, {"two", zeros}, {"three", "3"}});
  CHECK(ZipArchive(folder.file("large.zip")).read("three").size() == 1);
}
