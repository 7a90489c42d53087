// SPDX-License-Identifier: MIT
#include "flashvideo/data/kinetics600.hpp"

#include "support/catch.hpp"
#include "support/grey_clips.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

static_assert(ClipSource<Kinetics600>);

namespace {

const LabelledVideosOptions small{.size = {2, 8, 8}};

/// Clips flat, in a class's folder, of other parts; quotes, an id that begins with '-', two that differ in case alone.
void write_tree(const TemporaryFolder& folder) {
  write_grey_clip(folder.file("train/-0abCDefGHi_000012_000022.mp4"), 4, 60);
  write_grey_clip(folder.file("train/tai_chi/-0ABcdEFghI_000000_000010.mp4"), 4, 90);
  write_grey_clip(folder.file("train/massaging_persons_head/_x123456789_000100_000110.mp4"), 4, 120);
  write_grey_clip(folder.file("val/_y123456789_000001_000011.mp4"), 4, 150);
  std::filesystem::create_directories(folder.file("annotations"));
  write_text(folder.file("annotations/train.csv"),
             "label,youtube_id,time_start,time_end,split\r\n"
             "tai chi,-0abCDefGHi,12,22,train\r\n\"tai chi\",-0ABcdEFghI,0,10,train\r\n"
             "massaging person's head,_x123456789,100,110,train\r\n"
             "\"one, two\",gone1234567,1,11,train\r\nabseiling,gone7654321,1,11,train\r\n");
  write_text(folder.file("val.txt"),
             "is_cc,split,time_end,time_start,youtube_id,label\n0,validate,11,1,_y123456789,\"say "
             "\"\"hi\"\", twice\"\n"
             "0,train,22,12,-0abCDefGHi,tai chi\n");
}

}  // namespace

TEST_CASE("Kinetics600: annotations by their header, clips anywhere below, missing ones counted") {
  const TemporaryFolder folder(fast_parent());
  write_tree(folder);
  const Kinetics600 train(folder.path(), {.clips = small});
  REQUIRE(*train.size() == 3);
  CHECK(lumas(train.clip(0))[0] == Approx(60).margin(1.5));
  CHECK(lumas(train.clip(1))[1] == Approx(92).margin(1.5));
  // abseiling, massaging_persons_head, one,_two, tai_chi: gone ones count too
  CHECK(train.label(0).class_id == 3);
  CHECK(train.label(1).class_id == 3);
  CHECK(train.label(2).class_id == 1);
  CHECK(train.caption(2) == "a person is doing massaging person's head");
  CHECK(train.caption_place(2).ends_with("annotations/train.csv: line 4"));
  CHECK(train.summary().missing ==
        std::vector<std::string>{"gone1234567_000001_000011", "gone7654321_000001_000011"});
  CHECK(train.summary().left_out() == "2 missing: gone1234567_000001_000011, gone7654321_000001_000011");

  const Kinetics600 validate(folder.path(), {.part = KineticsPart::validate, .clips = small});
  REQUIRE(*validate.size() == 1);
  CHECK(validate.label(0).class_name == "say \"hi\", twice");
  CHECK(kinetics_folder("drinking shots (of 'it')") == "drinking_shots_of_it");
}

TEST_CASE("Kinetics600: without labels clips are of no class") {
  const TemporaryFolder folder(fast_parent());
  write_tree(folder);
  write_text(folder.file("list.csv"), "youtube_id,time_start,time_end,split\n_y123456789,1,11,\n");
  const Kinetics600 clips(
      folder.path(),
      {.part = KineticsPart::validate, .annotations = folder.file("list.csv"), .clips = small});
  CHECK(clips.label(0).class_id == -1);
  CHECK(clips.caption(0) == "a person is doing something");
}

TEST_CASE("Kinetics600: annotations that are wrong are refused by their lines") {
  const TemporaryFolder folder(fast_parent());
  const auto open = [&](const std::string& text) {
    write_text(folder.file("train.csv"), text);
    Kinetics600(folder.path(), {.clips = small});
  };
  CHECK_THROWS_WITH(Kinetics600(folder.path()), Catch::Contains("holds no annotations, expected train.csv"));
  CHECK_THROWS_AS(Kinetics600(folder.file("nowhere")), io_error);
  CHECK_THROWS_WITH(open("label,youtube_id,time_start\na,b,1\n"),
                    Catch::Contains("line 1: names no column time_end"));
  CHECK_THROWS_WITH(open("youtube_id,time_start,time_end\na,b,1\n"),
                    Catch::Contains("train.csv: line 2: a time is b, expected whole seconds"));
  CHECK_THROWS_WITH(open("youtube_id,time_start,time_end\na,0,1\n"),
                    Catch::Contains("no video can be used: 1 missing: a_000000_000001"));
}
