// SPDX-License-Identifier: MIT
#include "flashvideo/data/class_folders.hpp"

#include "support/catch.hpp"
#include "support/grey_clips.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

static_assert(ClipSource<ClassFolders>);

namespace {

void write_pictures(const std::string& path, std::uint8_t value) {
  std::filesystem::create_directories(path);
  const auto sink = open_video_sink(path + "/", {});
  for (int t = 0; t < 3; ++t) sink->write(Image(8, 8, {value, value, value}));
  sink->finish();
}

}  // namespace

TEST_CASE("ClassFolders: folders of pictures and files are clips, the first folder is their class") {
  const TemporaryFolder folder(fast_parent());
  write_pictures(folder.file("YoYo/clip2"), 20);
  write_pictures(folder.file("YoYo/clip10"), 30);
  write_pictures(folder.file("Archery/group1/clip"), 40);
  write_pictures(folder.file("alone"), 50);
  write_grey_clip(folder.file("Archery/a.avi"), 4, 90);
  write_text(folder.file("Archery/notes.txt"), "none");
  const ClassFolders clips(folder.path(), {.size = {2, 8, 8}, .caption = "it is {}"});
  REQUIRE(*clips.size() == 5);
  std::vector<std::string> captions;
  std::vector<index_t> ids;
  for (index_t i = 0; i < 5; ++i) {
    captions.push_back(clips.caption(i));
    ids.push_back(clips.label(i).class_id);
  }
  CHECK(captions == std::vector<std::string>{"it is something", "it is archery", "it is archery",
                                             "it is yo yo", "it is yo yo"});
  CHECK(ids == std::vector<index_t>{-1, 0, 0, 1, 1});
  CHECK(static_cast<int>(clips.clip(3).frame(0)[0]) == 20);
  CHECK(static_cast<int>(clips.clip(4).frame(1)[0]) == 30);
  CHECK_THROWS_AS(ClassFolders(folder.file("nowhere")), io_error);
}
