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
