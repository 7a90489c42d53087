// SPDX-License-Identifier: MIT
// A bundle that was written by an earlier version, and the video that it gave then: files stay readable, and
// a seed stays the same video.
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/video_generator.hpp"
#include "flashvideo/io/fingerprint.hpp"
#include "support/catch.hpp"

namespace {

using namespace flashvideo;

std::string video_of(const std::string& path, WeightStorage storage) {
  const VideoGenerator model = load_text_to_video(path, Cpu(2), storage);
  VideoRequest request;
  request.sentences = {"a red star moves in a circle"};
  request.options.seed = 3;
  request.options.key_frames = 2;
  Fingerprint print;
  model.generate(request, [&](const GeneratedFrame& frame) { print.add(frame.image.bytes()); });
  return print.text();
}

}  // namespace

TEST_CASE("golden_bundle: the bundle of format 1 that the library came with gives its video") {
  const std::string path = FLASHVIDEO_SOURCE_DIR "/examples/models/moving_shapes.safetensors";
  CHECK(video_of(path, WeightStorage::float32) == "2fd84f3d0f7de1d5");
  CHECK(video_of(path, WeightStorage::int8) == "46297be000e64a05");
}
