// SPDX-License-Identifier: MIT
#include "flashvideo/io/ffmpeg.hpp"  // component Video: without it this file is left out

#include <unistd.h>

#include <optional>

#include "../examples/common/numbered_outputs.hpp"
#include "../examples/common/output_paths.hpp"
#include "../examples/common/run_lock.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo::test;
using example::NamedPath;
using example::NumberedOutputs;
using example::refuse_overwriting;
using example::usage_error;

namespace {

/// What is said when `output` is written while `input` is read; empty: nothing.
std::string refusal(const std::string& input, const std::string& output) {
  try {
    refuse_overwriting({{"--in", input}}, {{"--out", output}});
  } catch (const usage_error& refused) {
    return refused.what();
  }
  return "";
}

}  // namespace

TEST_CASE("refuse_overwriting: an input by any other name is an input") {
  const TemporaryFolder folder;
  const std::string clip = folder.file("clip.mp4");
  write_text(clip, "x");
  std::filesystem::create_symlink("clip.mp4", folder.file("link.mp4"));
  std::filesystem::create_hard_link(clip, folder.file("hard.mp4"));
  std::filesystem::create_directory_symlink(folder.path(), folder.file("here"));
  for (const std::string& other : {clip, folder.file("./clip.mp4"), folder.file("link.mp4"),
                                   folder.file("hard.mp4"), folder.file("here/clip.mp4")}) {
    CHECK(refusal(clip, other) == "--out " + other + " would overwrite --in " + clip);
    CHECK(refusal(other, clip) == "--out " + clip + " would overwrite --in " + other);
  }
  CHECK(refusal(clip, folder.file("other.mp4")).empty());
  CHECK(refusal("", folder.file("other.mp4")).empty());
  CHECK(refusal(clip, "-").empty());
  CHECK(refusal(clip, "/dev/null").empty());
}

TEST_CASE("refuse_overwriting: a folder of pictures is not written over, into, or around") {
  const TemporaryFolder folder;
  const std::string frames = folder.file("frames");
  std::filesystem::create_directory(frames);
  write_text(frames + "/000000.png", "x");
  CHECK(refusal(frames, frames + "/") == "--out " + frames + "/ would overwrite --in " + frames);
  CHECK(refusal(frames, frames + "/sheet.png") ==
        "--out " + frames + "/sheet.png would join the pictures of --in " + frames);
  CHECK(refusal(frames + "/000000.png", frames) ==
        "--out " + frames + " is a folder that holds --in " + frames + "/000000.png");
  CHECK(refusal(frames, frames + "/star.mp4").empty());
  CHECK(refusal(frames, frames + "/new_folder").empty());
}

TEST_CASE("refuse_overwriting: the folder one stands in is a folder like others") {
  const TemporaryFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_text("clip.mp4", "x");
  CHECK(refusal("clip.mp4", ".") == "--out . is a folder that holds --in clip.mp4");
  CHECK(refusal(folder.path(), ".") == "--out . would overwrite --in " + folder.path());
  CHECK(refusal("/nowhere/clip.mp4", ".").empty());
  CHECK(refusal("clip.mp4", "later.mp4").empty());
  CHECK(refusal("later.mp4", folder.file("later.mp4")) ==
        "--out " + folder.file("later.mp4") + " would overwrite --in later.mp4");
  std::filesystem::current_path(before);
}

TEST_CASE("refuse_overwriting: two outputs are two files, and none lies in the other") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("a.mp4", folder.file("link.mp4"));  // a.mp4 is not there yet
  const std::string a = folder.file("a.mp4");
  const auto both = [](const std::string& first, const std::string& second) {
    refuse_overwriting({}, {{"--out", first}, {"--out", second}});
  };
  for (const std::string& other :
       {a, folder.file("../") + std::filesystem::path(folder.path()).filename().string() + "/a.mp4",
        folder.file("link.mp4")}) {
    CHECK_THROWS_WITH(both(a, other), "--out " + other + " is the same file as --out " + a);
  }
  CHECK_THROWS_WITH(both("-", "-"), "--out - is the same file as --out -");
  CHECK_THROWS_WITH(both(folder.file("new"), folder.file("new/sheet.png")),
                    "--out " + folder.file("new/sheet.png") + " lies in --out " + folder.file("new"));
  CHECK_NOTHROW(both(a, folder.file("a.gif")));
  CHECK_NOTHROW(both(a, "-"));
  CHECK_NOTHROW(both("/dev/null", "/dev/null"));
}

TEST_CASE("RunLock: one run at a time, and nothing stays") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a/b");
  {
    const example::RunLock lock(path);
    CHECK_THROWS_WITH(example::RunLock(path), "cannot write " + path + ": another run is writing there");
  }
  CHECK_FALSE(std::filesystem::exists(path));  // nothing came into it
  std::filesystem::create_directory(path);
  std::filesystem::create_directory(path + "/.flashvideo-run");  // of a killed run
  { const example::RunLock lock(path); }
  CHECK(std::filesystem::is_empty(path));
  write_text(folder.file("plain"), "");
  CHECK_THROWS_AS(example::RunLock(folder.file("plain")), flashvideo::io_error);
}

TEST_CASE("NumberedOutputs: what a run wrote is replaced by the next, what anyone else wrote is named") {
  const TemporaryFolder folder;
  const std::vector<std::string> names = {"0000.y4m", "0001.y4m"};
  for (const char* word : {"first", "second"}) {
    NumberedOutputs outputs(folder.path(), names);
    for (const std::string& name : names) {
      flashvideo::write_file(outputs.path(name), word);
      outputs.finished(name);
    }
  }
  write_text(folder.file("notes.txt"), "in nobody's way");
  { NumberedOutputs outputs(folder.path(), names); }
  CHECK_THROWS_AS(NumberedOutputs(folder.path(), {"notes.txt"}), flashvideo::io_error);
  write_text(folder.file("0001.y4m"), "cut by the user");
  CHECK_THROWS_WITH(
      NumberedOutputs(folder.path(), names),
      "cannot write " + folder.path() +
          ": the folder holds another file, 0001.y4m; only what an earlier run wrote is replaced");
  CHECK(read_text(folder.file("0001.y4m")) == "cut by the user");
}

TEST_CASE("NumberedOutputs: one run at a time writes into a folder") {
  const TemporaryFolder folder;
  std::optional<NumberedOutputs> first(std::in_place, folder.path(), std::vector<std::string>{"0000.y4m"});
  CHECK_THROWS_WITH(NumberedOutputs(folder.path(), {"0000.y4m"}),
                    "cannot write " + folder.path() + ": another run is writing there");
  first.reset();
  CHECK_NOTHROW(NumberedOutputs(folder.path(), {"0000.y4m"}));
}

TEST_CASE("NumberedOutputs: folders of frames are looked at before the work") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("0001"));
  write_text(folder.file("0001/000000.png"), "mine");
  CHECK_THROWS_WITH(NumberedOutputs(folder.path(), {"0000", "0001"}),
                    Catch::Contains("0001: the folder holds another file, 000000.png"));
  CHECK(folder.names() == std::vector<std::string>{"0001"});
}
