// SPDX-License-Identifier: MIT
#include "flashvideo/io/picture_folder_source.hpp"

#include "flashvideo/io/ffmpeg.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("PictureFolderSource: frames come in the order of their numbers, endings in any case") {
  const TemporaryFolder folder;
  for (index_t t = 0; t < 12; ++t) {
    write_png(folder.file("frame" + std::to_string(t) + (t % 3 == 0 ? ".PNG" : ".png")), gradient(6, 5, t));
  }
  for (const char* name : {".DS_Store", "._frame1.png", "Thumbs.db", "desktop.ini", "notes.txt"}) {
    write_text(folder.file(name), "no picture");
  }
  std::filesystem::create_directory(folder.file("frame3b.png"));
  const auto source = open_video_source(folder.path());
  CHECK(source->frame_count() == 12);
  CHECK(source->height() == 6);
  CHECK(source->width() == 5);
  CHECK(source->fps() == 8.0);
  VideoFrame frame;
  for (index_t t = 0; t < 12; ++t) {
    REQUIRE(source->next_frame(frame));
    INFO(t);
    CHECK(frame.image == gradient(6, 5, t));
  }
  CHECK_FALSE(source->next_frame(frame));
}

TEST_CASE("PictureFolderSource: the caller gives the rate") {
  const TemporaryFolder folder;
  for (const char* name : {"0.png", "1.png"}) write_png(folder.file(name), Image(2, 2));
  PictureFolderSource source(folder.path(), 4.0);
  VideoFrame frame;
  REQUIRE(source.next_frame(frame));
  REQUIRE(source.next_frame(frame));
  CHECK(frame.seconds == 0.25);
}

TEST_CASE("PictureFolderSource: says which picture does not belong to the others") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(PictureFolderSource(folder.path()),
                    folder.path() + ": the folder has no pictures (.png, .jpg, .bmp, .webp or .tif files)");
  write_png(folder.file("1.png"), Image(2, 3));
  write_png(folder.file("2.png"), Image(3, 2));
  PictureFolderSource source(folder.path());
  VideoFrame frame;
  REQUIRE(source.next_frame(frame));
  CHECK_THROWS_WITH(source.next_frame(frame),
                    folder.file("2.png") + ": the picture is 2 x 3 pixels, the first one 3 x 2");
  write_text(folder.file("10.JPEG"), "x");
  CHECK_THROWS_WITH(PictureFolderSource(folder.path()),
                    folder.file("1.png") + " and " + folder.file("10.JPEG") +
                        ": pictures of two kinds, expected one in a folder");
  CHECK_THROWS_AS(PictureFolderSource(folder.file("none")), io_error);
}
