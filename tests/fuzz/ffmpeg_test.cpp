// SPDX-License-Identifier: MIT
// Damaged videos and pictures: the reader gives frames or throws one of the library's errors.
#include <random>
#include <string>

#include "flashvideo/io/ffmpeg.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("fuzz: FfmpegSource gives frames of equal extents, or refuses") {
  for (const char* name : {"a.mp4", "a.gif", "a.png"}) {
    const TemporaryFolder folder(fast_parent());
    const auto sink = open_video_sink(folder.file(name));
    for (index_t t = 0; t < 4; ++t) sink->write(gradient(16, 16, t));
    sink->finish();
    const std::string valid = read_text(folder.file(name));
    std::mt19937 random(869);
    for (int i = 0; i < 150; ++i) {
      std::string text = valid;
      for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
        text[random() % text.size()] = static_cast<char>(random() % 256);
      }
      if (i % 3 == 0) text.resize(random() % text.size());
      write_text(folder.file(name), text);
      try {
        FfmpegSource source(folder.file(name));
        index_t count = 0;
        for (VideoFrame frame; source.next_frame(frame) && count < 1000; ++count) {
          REQUIRE(frame.image.height() == source.height());
        }
      } catch (const flashvideo::error&) {
      }
    }
  }
}
