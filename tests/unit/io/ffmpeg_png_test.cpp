// SPDX-License-Identifier: MIT
#include "flashvideo/io/ffmpeg_png.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("write_png: every pixel comes back, odd extents included") {
  const TemporaryFolder folder;
  for (const index_t width : {1, 3, 17, 64, 101}) {
    const Image picture = gradient(width + 2, width);
    write_png(folder.file("a.png"), picture);
    CHECK(read_image(folder.file("a.png")) == picture);
  }
  CHECK_THROWS_AS(write_png(folder.file("b.png"), Image()), value_error);
  CHECK_THROWS_AS(write_png(folder.file("none/b.png"), Image(1, 1)), io_error);
  CHECK(folder.names().size() == 1);
}

TEST_CASE("PngFolderSink: replaces an earlier folder of frames, and nothing else") {
  const TemporaryFolder folder;
  const std::string path = folder.file("frames");
  for (const index_t count : {5, 3}) {
    PngFolderSink sink(path);
    for (index_t t = 0; t < count; ++t) sink.write(gradient(4, 4, t));
    sink.finish();
  }
  CHECK(std::filesystem::exists(path + "/000002.png"));
  CHECK_FALSE(std::filesystem::exists(path + "/000003.png"));
  write_text(path + "/notes.txt", "mine");
  CHECK_THROWS_WITH(PngFolderSink(path),
                    "cannot write " + path + ": the folder holds another file, notes.txt");
  CHECK(read_text(path + "/notes.txt") == "mine");
  CHECK(std::filesystem::exists(path + "/000002.png"));
  CHECK(folder.names().size() == 1);
}
