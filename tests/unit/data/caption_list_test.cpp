// SPDX-License-Identifier: MIT
#include "flashvideo/data/caption_list.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

TEST_CASE("read_caption_list: captions.tsv names files and captions in its order") {
  const test::TemporaryFolder folder;
  test::write_text(folder.file("b.mp4"), "x");
  test::write_text(folder.file("a clip.avi"), "x");
  test::write_text(folder.file("captions.tsv"),
                   "file\tcaption\r\nb.mp4\ta boat sails \r\n\na clip.avi\ta cat sleeps\tmore\n");
  const std::vector<CaptionedFile> clips = read_caption_list(folder.path());
  REQUIRE(clips.size() == 2);
  REQUIRE(clips[0].path == folder.file("b.mp4"));
  REQUIRE(clips[0].caption == "a boat sails");
  REQUIRE(clips[1].path == folder.file("a clip.avi"));
  REQUIRE(clips[1].caption == "a cat sleeps");
  REQUIRE(clips[0].place == folder.file("captions.tsv") + ": line 2");
  REQUIRE(clips[1].place == folder.file("captions.tsv") + ": line 4");
}

TEST_CASE("read_caption_list: without a table each video's .txt is its caption, in the order of names") {
  const test::TemporaryFolder folder;
  for (const char* name : {"2.GIF", "1.mp4", "notes.md"}) test::write_text(folder.file(name), "x");
  test::write_text(folder.file("1.txt"), "one\n");
  test::write_text(folder.file("2.txt"), "  two words\n");
  const std::vector<CaptionedFile> clips = read_caption_list(folder.path());
  REQUIRE(clips.size() == 2);
  REQUIRE(clips[0].caption == "one");
  REQUIRE(clips[1].caption == "two words");
  REQUIRE(clips[1].path == folder.file("2.GIF"));
  REQUIRE(clips[1].place == folder.file("2.txt"));
}

TEST_CASE("read_caption_list: says what is wrong and where") {
  const test::TemporaryFolder folder;
  REQUIRE_THROWS_AS(read_caption_list(folder.file("absent")), io_error);
  REQUIRE_THROWS_WITH(read_caption_list(folder.path()), Catch::Contains("holds no clips"));
  test::write_text(folder.file("a.mp4"), "x");
  REQUIRE_THROWS_WITH(read_caption_list(folder.path()), Catch::Contains("a.mp4: has no caption"));
  test::write_text(folder.file("a.txt"), " \n");
  REQUIRE_THROWS_WITH(read_caption_list(folder.path()), Catch::Contains("a.txt: is empty"));
  const auto table_error = [&](const char* text, const char* reason) {
    test::write_text(folder.file("captions.tsv"), text);
    REQUIRE_THROWS_AS(read_caption_list(folder.path()), format_error);
    REQUIRE_THROWS_WITH(read_caption_list(folder.path()),
                        Catch::Contains("captions.tsv") && Catch::Contains(reason));
  };
  table_error("a.mp4\tone\na.mp4 two\n", "line 2 has no tab");
  table_error("a.mp4\t \n", "line 1 has no caption");
  table_error("\tone\n", "line 1 has no file");
  table_error("a.mp4\tone\n\nb.mp4\ttwo\n", "line 3 names ");
  table_error("\n", "names no clip");
}

TEST_CASE(
    "read_caption_list: a byte order mark, line ends of other systems and hidden files change nothing") {
  const test::TemporaryFolder folder;
  for (const char* name : {"clip1.mp4", "clip2.mp4", "clip10.MP4", "._clip1.mp4", ".DS_Store"}) {
    test::write_text(folder.file(name), "x");
  }
  for (const char* name : {"clip1.txt", "clip2.TXT", "clip10.txt"}) {
    test::write_text(folder.file(name), std::string("\xEF\xBB\xBFthe caption of ") + name + "\r\n");
  }
  const std::vector<CaptionedFile> beside = read_caption_list(folder.path());
  REQUIRE(beside.size() == 3);
  CHECK(beside[0].path == folder.file("clip1.mp4"));
  CHECK(beside[0].caption == "the caption of clip1.txt");
  CHECK(beside[1].caption == "the caption of clip2.TXT");
  CHECK(beside[2].path == folder.file("clip10.MP4"));
  for (const char* text : {"\xEF\xBB\xBF"
                           "clip1.mp4\tone\r\nclip2.mp4\ttwo\r\n",
                           "clip1.mp4\tone\rclip2.mp4\ttwo\r",
                           "\xEF\xBB\xBF"
                           "file\tcaption\nclip1.mp4\tone\nclip2.mp4\ttwo"}) {
    test::write_text(folder.file("Captions.tsv"), text);
    const std::vector<CaptionedFile> clips = read_caption_list(folder.path());
    REQUIRE(clips.size() == 2);
    CHECK(clips[0].path == folder.file("clip1.mp4"));
    CHECK(clips[1].caption == "two");
  }
}

TEST_CASE(
    "read_caption_list: names every bad line and every video without a caption, and Latin-1 with its line") {
  const test::TemporaryFolder folder;
  for (int i = 1; i <= 8; ++i) test::write_text(folder.file(std::to_string(i) + ".mp4"), "x");
  test::write_text(folder.file("3.txt"), "three");
  test::write_text(folder.file("4.txt"), "\xE9toile");
  CHECK_THROWS_WITH(read_caption_list(folder.path()),
                    Catch::Contains("1.mp4: has no caption") && Catch::Contains("2.mp4: has no caption") &&
                        Catch::Contains("4.txt: line 1 is no UTF-8") && Catch::Contains("and 2 more"));
  test::write_text(folder.file("captions.tsv"), "1.mp4\tone\n2.mp4 two\n3.mp4\t\n9.mp4\tnine\n");
  CHECK_THROWS_WITH(read_caption_list(folder.path()),
                    folder.file("captions.tsv") +
                        ": line 2 has no tab, expected file<TAB>caption; line 3 has no caption, "
                        "expected file<TAB>caption; line 4 names " +
                        folder.file("9.mp4") + ", which does not exist");
  test::write_text(folder.file("captions.tsv"), "1.mp4\tone\n2.mp4\t\xE9toile\n");
  CHECK_THROWS_WITH(read_caption_list(folder.path()),
                    folder.file("captions.tsv") + ": line 2 is no UTF-8, expected a text in UTF-8");
}
