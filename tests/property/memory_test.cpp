// SPDX-License-Identifier: MIT
// Memory does not grow with a video's length: the peak of a process that writes 10,000 frames to disk is at
// most 1.05 times that of one that writes 100. A load needs the packed weights and one matrix.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/save_bundle.hpp"
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

/// What a process of its own measures, in KiB; -1 when it failed.
template <typename Measure>
long in_own_process(const Measure& measure) {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    long peak = -1;
    try {
      peak = measure();
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

/// The peak of writing the video.
long peak_of(const std::string& path, index_t frames) {
  return in_own_process([&] {
    test::reset_peak_memory();
    write_video(path, frames);
    return test::peak_memory_kib();
  });
}

/// A model whose decoder's matrices are most of it.
BundleConfiguration<> wide_configuration() {
  BundleConfiguration<> c = test::tiny_configuration("flashvideo");
  c.key_frame_model.d_model = c.key_frame_model.d_value = 256;
  c.key_frame_model.d_feed_forward = 512;
  c.key_frame_model.num_layers = 24;
  return c;
}

}  // namespace

TEST_CASE("memory: a load peaks at 1.1 times the packed size and one matrix, in every storage") {
  const test::TemporaryFolder folder;
  const BundleConfiguration<> c = wide_configuration();
  using Model = VideoModel<FlashVideoParts, Cpu>;
  const auto largest_matrix =
      static_cast<double>(1024 * 256 * sizeof(float));  // fc1 over gate, and q, k, v, g
  for (const DType stored : {DType::F32, DType::I8}) {
    const std::string path = folder.file("wide.safetensors");
    save_bundle<Model>(path, c, test::tiny_values<FlashVideoPolicy, Cpu>(c, 7), stored);
    for (const WeightStorage storage : {WeightStorage::float32, WeightStorage::int8}) {
      double packed = 0;
      {
        const Decoder<FlashVideoPolicy, Cpu> decoder(c.key_frame_model);
        const Model::KeyModel model{
            decoder, {Cpu(1), decoder.layout(), initial_values<float>(decoder.layout(), 1), storage}};
        packed = static_cast<double>(model.values.matrix_bytes()) +
                 static_cast<double>(decoder.layout().kept_size()) * sizeof(float);
      }
      const long peak = in_own_process([&] {
        const Cpu cpu(1);
        test::reset_peak_memory();
        const long before = test::peak_memory_kib();
        const auto model = Model::load(path, cpu, storage);
        return test::peak_memory_kib() - before;
      });
      std::printf("peak memory of a load: %ld KiB for %.0f KiB packed\n", peak, packed / 1024);
      REQUIRE(peak > 0);
      CHECK(1024.0 * static_cast<double>(peak) <= 1.1 * packed + largest_matrix);
    }
  }
}

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
