// SPDX-License-Identifier: MIT
// The smallest program that makes a video: one header, one model file, frames.
#include <cstdio>
#include <exception>
#include <flashvideo/flashvideo.hpp>
#include <string_view>

int main(int argc, char** argv) try {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::printf("embed (flashvideo) %s\n", FLASHVIDEO_VERSION);
    return 0;
  }
  if (argc != 4) {
    std::fprintf(stderr, "usage: embed MODEL.safetensors \"a sentence\" OUTPUT.y4m\n");
    return 2;
  }
  const auto model = flashvideo::load_text_to_video(argv[1]);
  flashvideo::Y4mSink video(argv[3], {.fps = model.configuration().frames_per_second, .scale = 4});
  const auto report = model.generate(
      {.sentences = {argv[2]}}, [&](const flashvideo::GeneratedFrame& frame) { video.write(frame.image); });
  video.finish();
  for (const auto& warning : report.warnings) std::fprintf(stderr, "embed: %s\n", warning.c_str());
  std::printf("%s: %d frames\n", argv[3], static_cast<int>(report.frames));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "embed: %s\n", error.what());
  return 1;
}
