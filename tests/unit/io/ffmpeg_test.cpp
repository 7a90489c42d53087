// SPDX-License-Identifier: MIT
#include "flashvideo/io/ffmpeg.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/peak_memory.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

std::vector<VideoFrame> read_all(const std::string& path) {
  std::vector<VideoFrame> frames;
  const auto source = open_video_source(path);
  for (VideoFrame frame; source->next_frame(frame);) frames.push_back(frame);
  return frames;
}

}  // namespace

TEST_CASE("open_video_sink: every format keeps the frames' number, order, times and colours") {
  struct Format {
    const char* name;
    int tolerance;  // levels of 255
  };
  for (const Format& format : {Format{"a.mp4", 6}, Format{"a.MP4", 6}, Format{"a.gif", 0}, Format{"a.y4m", 1},
                               Format{"frames", 0}, Format{"frames/", 0}}) {
    INFO(format.name);
    const TemporaryFolder folder;
    const std::string path = folder.file(format.name);
    {
      const auto sink = open_video_sink(path, {.fps = 8, .scale = 4});
      for (index_t t = 0; t < 17; ++t) sink->write(flat_fields(16, 32, t));
      CHECK_FALSE(std::filesystem::exists(path));
      sink->finish();
    }
    CHECK(folder.names().size() == 1);
    const std::vector<VideoFrame> frames = read_all(path);
    REQUIRE(frames.size() == 17);
    for (std::size_t t = 0; t < 17; ++t) {
      const Image expected = scale_nearest(flat_fields(16, 32, static_cast<index_t>(t)), 4);
      CHECK(frames[t].seconds == Approx(static_cast<double>(t) / 8.0).margin(0.006));
      REQUIRE(frames[t].image.same_extents(expected));
      int worst = 0;  // inside the fields: players and our reader smooth colour over the edges
      for (index_t y = 0; y < 64; ++y) {
        for (index_t x = 0; x < 128; ++x) {
          if (y % 32 < 3 || y % 32 > 28 || x % 32 < 3 || x % 32 > 28) continue;
          worst = std::max(worst,
                           largest_difference(crop(frames[t].image, y, x, 1, 1), crop(expected, y, x, 1, 1)));
        }
      }
      CHECK(worst <= format.tolerance);
    }
  }
}

TEST_CASE("open_video_sink: a .png is a contact sheet of at most 64 frames") {
  const TemporaryFolder folder;
  const auto sink = open_video_sink(folder.file("sheet.png"), {.fps = 8, .scale = 2});
  for (index_t t = 0; t < 100; ++t) sink->write(gradient(6, 8, t));
  sink->finish();
  const Image sheet = read_image(folder.file("sheet.png"));
  CHECK(sheet.width() == 8 * 18 + 2);  // 50 frames in 8 columns
  CHECK(sheet.height() == 7 * 14 + 2);
  CHECK(crop(sheet, 2, 2 + 18, 12, 16) == scale_nearest(gradient(6, 8, 2), 2));
}

TEST_CASE(
    "open_video_sink: a folder that is there is a folder whatever its name, a new one by its last sign") {
  const TemporaryFolder folder;
  for (const char* name : {"photos.2024", "clip.mp4", "old.avi"}) {
    std::filesystem::create_directory(folder.file(name));
  }
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::create_directory(folder.file("here"));
  std::filesystem::current_path(folder.file("here"));
  for (const std::string& path : {folder.file("photos.2024"), folder.file("clip.mp4"),
                                  folder.file("old.avi/"), folder.file("new.day/"), std::string(".")}) {
    INFO(path);
    for (int round = 0; round < 2; ++round) {
      const auto sink = open_video_sink(path);
      sink->write(gradient(4, 4));
      sink->finish();
    }
    CHECK(std::filesystem::exists(path + "/000000.png"));
  }
  std::filesystem::current_path(before);
}

TEST_CASE("open_video_sink: a single hyphen is Y4M to standard output") {
  const TemporaryFolder folder;
  const int before = ::dup(STDOUT_FILENO);
  const int file = ::open(folder.file("out.y4m").c_str(), O_WRONLY | O_CREAT, 0600);
  ::dup2(file, STDOUT_FILENO);
  {
    const auto sink = open_video_sink("-");
    for (index_t t = 0; t < 3; ++t) sink->write(gradient(4, 4, t));
    sink->finish();
  }
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  ::close(file);
  CHECK(read_all(folder.file("out.y4m")).size() == 3);
  CHECK_FALSE(std::filesystem::exists("-"));
}

TEST_CASE("open_video_sink: unfinished, every format leaves nothing and keeps what was there") {
  for (const char* name : {"a.mp4", "a.gif", "a.y4m", "a.png", "frames"}) {
    INFO(name);
    const TemporaryFolder folder;
    {
      const auto sink = open_video_sink(folder.file(name));
      for (index_t t = 0; t < 3; ++t) sink->write(flat_fields(16, 16, t));
    }
    CHECK(folder.names().empty());
    { const auto untouched = open_video_sink(folder.file(name)); }
    CHECK(folder.names().empty());
    const auto sink = open_video_sink(folder.file(name));
    CHECK_THROWS_AS(sink->finish(), value_error);
  }
}

TEST_CASE("open_video_sink: a path that cannot be written is refused before any frame") {
  const TemporaryFolder folder;
  for (const char* name : {"none/a.mp4", "none/a.gif", "none/a.y4m", "none/a.png", "none/frames"}) {
    const std::string path = folder.file(name);
    INFO(name);
    CHECK_THROWS_WITH(open_video_sink(path), "cannot create " + path + ": No such file or directory");
  }
  CHECK_THROWS_WITH(open_video_sink("clip.avi"),
                    "open_video_sink: clip.avi ends in .avi, expected .mp4, .gif, .y4m, .png (contact sheet) "
                    "or a folder (a "
                    "new one whose name has a point ends in /)");
  for (const char* name : {"a.mp4", "a.gif", "a.y4m", "a.png", "frames"}) {
    CHECK_THROWS_AS(open_video_sink(folder.file(name), {.fps = 8, .scale = 0}), value_error);
  }
}

TEST_CASE("open_video_sink: a full disk is one sentence and leaves nothing") {
  for (const char* name : {"a.mp4", "a.gif", "a.y4m", "a.png", "frames"}) {
    INFO(name);
    const TemporaryFolder folder;
    std::string message;
    {
      const FullDisk limit(1000);
      message = message_of<io_error>([&] {
        const auto sink = open_video_sink(folder.file(name));
        for (index_t t = 0; t < 100; ++t) sink->write(gradient(64, 64, 50 * t));
        sink->finish();
      });
    }
    CHECK(message.rfind("cannot write " + folder.file(name), 0) == 0);
    CHECK(message.find(": File too large") != std::string::npos);
    CHECK(folder.names().empty());
  }
}

TEST_CASE("open_video_sink: memory does not grow with the number of frames") {
  for (const char* name : {"a.mp4", "a.gif", "a.png"}) {
    INFO(name);
    const TemporaryFolder folder;
    const auto sink = open_video_sink(folder.file(name));
    for (index_t t = 0; t < 400; ++t) sink->write(flat_fields(64, 64, t));
    reset_peak_memory();
    const long before = peak_memory_kib();
    for (index_t t = 400; t < 2400; ++t) sink->write(flat_fields(64, 64, t));
    sink->finish();
    CHECK(peak_memory_kib() - before < 3 * 1024);  // the frames are 24 MB
  }
}

TEST_CASE("open_video_source: reads a folder of PNG files in order") {
  const TemporaryFolder folder;
  write_png(folder.file("b.png"), gradient(4, 4, 1));
  write_png(folder.file("a.png"), gradient(4, 4, 0));
  const std::vector<VideoFrame> frames = read_all(folder.path());
  REQUIRE(frames.size() == 2);
  CHECK(frames[0].image == gradient(4, 4, 0));
  CHECK(frames[1].image == gradient(4, 4, 1));
  write_png(folder.file("c.png"), gradient(4, 5, 1));
  CHECK_THROWS_AS(read_all(folder.path()), format_error);
  const TemporaryFolder empty;
  CHECK_THROWS_WITH(open_video_source(empty.path()),
                    empty.path() + ": the folder has no pictures (.png, .jpg, .bmp, .webp or .tif files)");
}
