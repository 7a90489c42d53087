// SPDX-License-Identifier: MIT
#include "flashvideo/data/video_tree.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("videos_below: files and folders of pictures at any depth, nothing else") {
  const TemporaryFolder folder(fast_parent());
  for (const char* name :
       {"b/c/v.MP4", "b/frames/0.png", "b/frames/inner.mp4", "a/x.avi", "a/notes.txt", "a/.hidden.avi"}) {
    std::filesystem::create_directories(std::filesystem::path(folder.file(name)).parent_path());
    write_text(folder.file(name), "");
  }
  std::vector<std::string> found;
  for (const auto& path : videos_below(folder.path()))
    found.push_back(path.lexically_relative(folder.path()).string());
  CHECK(found == std::vector<std::string>{"a/x.avi", "b/c/v.MP4", "b/frames"});
  CHECK(video_stem("b/c/v.MP4") == "v");
  CHECK(video_stem("b/frames.of.it") == "frames.of.it");
  CHECK_THROWS_AS(videos_below(folder.file("nowhere")), io_error);
}
