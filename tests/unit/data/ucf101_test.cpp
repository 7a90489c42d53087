// SPDX-License-Identifier: MIT
#include "flashvideo/data/ucf101.hpp"

#include "support/catch.hpp"
#include "support/grey_clips.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

static_assert(ClipSource<Ucf101>);

namespace {

const LabelledVideosOptions small{.size = {2, 8, 8}};

/// Four classes, a list with CR LF, one video that is a folder of pictures, and one that is not there.
void write_tree(const TemporaryFolder& folder) {
  const std::string root = folder.path() + "/UCF-101/";
  write_grey_clip(root + "HandstandPushups/v_HandStandPushups_g01_c01.avi", 4, 60);
  write_grey_clip(root + "Hammering/v_Hammering_g01_c01.avi", 4, 80);
  write_grey_clip(root + "HammerThrow/v_HammerThrow_g01_c01.avi", 4, 100);
  write_grey_clip(root + "TaiChi/v_TaiChi_g01_c01.avi", 4, 120);
  const std::string pictures = root + "TaiChi/v_TaiChi_g02_c01";
  std::filesystem::create_directories(pictures);
  const auto sink = open_video_sink(pictures, {});
  for (int t = 0; t < 3; ++t) sink->write(Image(24, 32, {200, 200, 200}));
  sink->finish();
  const std::string lists = folder.path() + "/ucfTrainTestlist/";
  std::filesystem::create_directories(lists);
  write_text(lists + "classInd.txt", "1 Hammering\r\n2 HammerThrow\r\n3 HandstandPushups\r\n4 TaiChi\r\n");
  write_text(lists + "trainlist01.txt",
             "Hammering/v_Hammering_g01_c01.avi 1\r\nHandstandPushups/v_HandstandPushups_g01_c01.avi 3\r\n"
             "TaiChi/v_TaiChi_g02_c01.avi 4\r\nTaiChi/v_TaiChi_g09_c01.avi 4\r\n");
  write_text(lists + "testlist01.txt",
             "HammerThrow/v_HammerThrow_g01_c01.avi\nTaiChi/v_TaiChi_g01_c01.avi\n");
  write_text(lists + "trainlist02.txt", "TaiChi/v_TaiChi_g01_c01.avi 4\n");
}

}  // namespace

TEST_CASE("Ucf101: lists, labels by index and by folder, spelling, pictures, what is missing") {
  const TemporaryFolder folder(fast_parent());
  write_tree(folder);
  const Ucf101 train(folder.path(), {.clips = small});
  REQUIRE(*train.size() == 3);
  CHECK(train.label(0).class_id == 0);
  CHECK(train.label(1).class_name == "HandstandPushups");
  CHECK(train.label(1).class_id == 2);
  CHECK(train.caption(1) == "a person is doing handstand pushups");
  CHECK(lumas(train.clip(1))[0] == Approx(60).margin(1.5));
  CHECK(train.caption(2) == "a person is doing tai chi");
  CHECK(static_cast<int>(train.clip(2).frame(0)[0]) == 200);
  CHECK(train.caption_place(2).ends_with("trainlist01.txt: line 3"));
  CHECK(train.summary().missing == std::vector<std::string>{"TaiChi/v_TaiChi_g09_c01.avi"});
  CHECK(train.summary().text().ends_with("left out: 1 missing: TaiChi/v_TaiChi_g09_c01.avi\n"));

  const Ucf101 test(folder.path() + "/UCF-101", {.test = true, .clips = small});
  REQUIRE(*test.size() == 2);
  CHECK(test.label(0).class_id == 1);
  const Ucf101 sorted(folder.path(), {.test = true, .labels = Ucf101Labels::sorted_folders, .clips = small});
  CHECK(sorted.label(0).class_id == 0);  // 'T' stands before 'i'
  CHECK(sorted.label(1).class_id == 3);
  CHECK(*Ucf101(folder.path(), {.split = 2, .clips = small}).size() == 1);
  LabelledVideosOptions own = small;
  own.caption = "{}, {} and a hat";
  CHECK(Ucf101(folder.path(), {.split = 2, .clips = own}).caption(0) == "tai chi, tai chi and a hat");
}

TEST_CASE("Ucf101: lists that are wrong are refused by their lines") {
  const TemporaryFolder folder(fast_parent());
  const auto open = [&](int split = 1) { Ucf101(folder.path(), {.split = split, .clips = small}); };
  CHECK_THROWS_WITH(open(), Catch::Contains("holds no folder ucfTrainTestlist"));
  write_tree(folder);
  CHECK_THROWS_AS(open(4), value_error);
  CHECK_THROWS_AS(open(0), value_error);
  CHECK_THROWS_AS(open(3), io_error);
  CHECK_THROWS_AS(Ucf101(folder.file("nowhere")), io_error);
  const std::string lists = folder.path() + "/ucfTrainTestlist/";
  write_text(lists + "trainlist02.txt", "\nTaiChi/v_TaiChi_g01_c01.avi 3\n");
  CHECK_THROWS_WITH(open(2),
                    Catch::Contains("trainlist02.txt: line 2: the class is numbered 3, by classInd.txt 4"));
  write_text(lists + "trainlist02.txt", "TaiChi/v_TaiChi_g01_c01.avi four\n");
  CHECK_THROWS_WITH(open(2), Catch::Contains("line 1: the class is numbered -1"));
  write_text(lists + "trainlist02.txt", "Thai/v_TaiChi_g01_c01.avi 4\n");
  CHECK_THROWS_WITH(open(2), Catch::Contains("line 1: expected a class of classInd.txt"));
  write_text(lists + "trainlist02.txt", "TaiChi/v_TaiChi_g77_c01.avi 4\n");
  CHECK_THROWS_WITH(open(2), Catch::Contains("no video can be used: 1 missing: TaiChi/v_TaiChi_g77_c01.avi"));
  write_text(lists + "classInd.txt", "1 Hammering\n2 Hammering\n");
  CHECK_THROWS_WITH(open(), Catch::Contains("classInd.txt: line 2: expected a number and a class's name"));
  write_text(lists + "classInd.txt", "Hammering\n");
  CHECK_THROWS_WITH(open(), Catch::Contains("classInd.txt: line 1: "));
}
