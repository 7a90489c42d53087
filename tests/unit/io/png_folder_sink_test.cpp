// SPDX-License-Identifier: MIT
#include "flashvideo/io/png_folder_sink.hpp"

#include "flashvideo/io/ffmpeg_png.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("PngFolderSink: replaces an earlier folder of frames, and nothing else") {
  const TemporaryFolder folder;
  const std::string path = folder.file("frames");
  for (const index_t count : {5, 3}) {
    PngFolderSink sink(path);
    for (index_t t = 0; t < count; ++t) sink.write(gradient(4, 4, t));
    sink.finish();
  }
  CHECK(read_image(path + "/000002.png") == gradient(4, 4, 2));
  CHECK_FALSE(std::filesystem::exists(path + "/000003.png"));
  write_text(path + "/notes.txt", "mine");
  CHECK_THROWS_WITH(PngFolderSink(path), "cannot write " + path +
                                             ": the folder holds another file, notes.txt; only what an "
                                             "earlier run wrote is replaced");
  CHECK(read_text(path + "/notes.txt") == "mine");
  CHECK(std::filesystem::exists(path + "/000002.png"));
  CHECK(folder.names().size() == 1);
}

TEST_CASE("PngFolderSink: a user's own pictures named as frames are refused and stay") {
  const TemporaryFolder folder;
  write_png(folder.file("000000.png"), gradient(4, 4));
  CHECK_THROWS_WITH(PngFolderSink(folder.path()), Catch::Contains("holds another file, 000000.png;"));
  CHECK(read_image(folder.file("000000.png")) == gradient(4, 4));
}
