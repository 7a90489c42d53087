// SPDX-License-Identifier: MIT
#include "flashvideo/io/ffmpeg.hpp"  // component Video: without it this file is left out

#include "../examples/generate/first_frames.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("first frames: every spacing-th, and pictures scaled up come back to the same pixels") {
  const TemporaryFolder folder;
  for (const index_t scale : {1, 2, 3, 4, 7}) {
    INFO(scale);
    PngFolderSink sink(folder.file("frames"), {.scale = scale});
    for (index_t t = 0; t < 10; ++t) sink.write(gradient(16, 24, t));
    sink.finish();
    const std::vector<Image> frames = example::read_first_frames(folder.file("frames"), 4, 5, 16, 24);
    REQUIRE(frames.size() == 3);
    for (index_t i = 0; i < 3; ++i) CHECK(frames[static_cast<std::size_t>(i)] == gradient(16, 24, 4 * i));
  }
}

TEST_CASE("first frames: another size is cropped in its middle and resized as training does") {
  const TemporaryFolder folder;
  Image wide(48, 64, {0, 0, 200});
  for (index_t y = 0; y < 48; ++y) {
    for (index_t x = 8; x < 56; ++x) wide.set(y, x, {200, 0, 0});
  }
  write_png(folder.file("a.png"), wide);
  const std::vector<Image> frames = example::read_first_frames(folder.file("a.png"), 4, 5, 32, 32);
  REQUIRE(frames.size() == 1);
  CHECK(frames[0] == Image(32, 32, {200, 0, 0}));
  CHECK(frames[0] == resize_to_fill(wide, 32, 32));
}

TEST_CASE("first frames: no more is read than is needed") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("frames"));
  for (index_t t = 0; t < 9; ++t)
    write_png(folder.file("frames/" + std::to_string(t) + ".png"), gradient(8, 8, t));
  write_text(folder.file("frames/9.png"), "damaged");
  CHECK(example::read_first_frames(folder.file("frames"), 4, 3, 8, 8).size() == 3);
  CHECK(example::read_first_frames(folder.file("frames"), 9, 1, 8, 8).size() == 1);
  CHECK_THROWS_AS(example::read_first_frames(folder.file("frames"), 4, 4, 8, 8), format_error);
}
