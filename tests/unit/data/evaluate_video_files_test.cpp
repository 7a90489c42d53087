// SPDX-License-Identifier: MIT
#include "flashvideo/io/ffmpeg.hpp"  // component Video: without it this file is left out

#include "../examples/evaluate/video_files.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using test::message_of;

TEST_CASE("numbered videos: the first that is not there is named by its number") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("videos"));
  for (const char* name : {"videos/0000.mp4", "videos/0001.gif"})
    test::write_text(folder.file(name), "a video");
  const std::string path = folder.file("videos");
  CHECK(evaluate::numbered_videos(path, 2).size() == 2);
  CHECK(message_of<format_error>([&] { evaluate::numbered_videos(path, 205); }) ==
        path + ": has no video 0002, expected 205 of them");
}
