// SPDX-License-Identifier: MIT
// Memory does not grow with a video's length: the peak of a process that writes 10,000 frames to disk is at
// most 1.05 times that of one that writes 100.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/video_generator.hpp"
#include "flashvideo/io/y4m.hpp"
#include "support/catch.hpp"
#include "support/peak_memory.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_model.hpp"

using namespace flashvideo;

namespace {

void write_video(const std::string& path, index_t frames) {
  const auto model = test::tiny_model(Cpu(2));
  VideoRequest request;
  request.sentences = {"a red star moves"};
  request.options.frames = frames;
  Y4mSink sink(path);
  const GenerationReport report =
      model.generate(request, [&](const GeneratedFrame& frame) { sink.write(frame.image); });
  sink.finish();
  if (!report.complete || report.frames != frames) throw value_error("the video is not complete");
}

/// The peak of a process of its own that writes the video, in KiB; -1 when it failed.
long peak_of(const std::string& path, index_t frames) {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    long peak = -1;
    try {
      test::reset_peak_memory();
      write_video(path, frames);
      peak = test::peak_memory_kib();
    } catch (...) {
      peak = -1;
    }
    ::_exit(::write(ends[1], &peak, sizeof peak) == static_cast<ssize_t>(sizeof peak) ? 0 : 1);
  }
  ::close(ends[1]);
  long peak = -1;
  const bool told = ::read(ends[0], &peak, sizeof peak) == static_cast<ssize_t>(sizeof peak);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return told && status == 0 ? peak : -1;
}

}  // namespace

TEST_CASE("memory: 10,000 frames written to disk need at most 1.05 times the peak of 100 frames") {
  const test::TemporaryFolder folder;
  const long few = peak_of(folder.file("few.y4m"), 100);
  const long many = peak_of(folder.file("many.y4m"), 10000);
  std::printf("peak memory: %ld KiB for 100 frames, %ld KiB for 10,000 frames\n", few, many);
  REQUIRE(few > 0);
  REQUIRE(many > 0);
  CHECK(static_cast<double>(many) <= 1.05 * static_cast<double>(few));
  const auto size = [&](const char* name) {
    return static_cast<double>(std::filesystem::file_size(folder.file(name)));
  };
  CHECK(size("many.y4m") / size("few.y4m") == Approx(100).epsilon(0.01));  // all frames are there
}
