// SPDX-License-Identifier: MIT
// Sends a video through a model's image tokenizer and back, and shows both side by side.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/exit_status.hpp"
#include "common/interrupt.hpp"
#include "common/progress_bar.hpp"
#include "common/video_outputs.hpp"
#include "flashvideo/flashvideo.hpp"
#include "flashvideo/io/ffmpeg.hpp"

namespace {

using flashvideo::index_t;

struct Arguments {
  std::string model;
  std::string input;
  std::string output;
  index_t scale = 2;
  int threads = 0;
};

int reconstruct(const Arguments& arguments, example::Interrupt& interrupt) {
  example::VideoOutputs outputs({arguments.output}, "", 1,
                                {{"--model", arguments.model}, {"input", arguments.input}});
  const flashvideo::Cpu cpu(arguments.threads);
  const auto file = flashvideo::BundleFile::open(arguments.model);
  const flashvideo::BundleConfiguration<> configuration = file.configuration();
  const flashvideo::VqVaeTokenizer<flashvideo::Cpu> tokenizer(
      cpu, configuration.image_tokenizer, flashvideo::FileParameters(file.tensors(), "image_tokenizer."));
  const index_t height = configuration.image_tokenizer.image_height;
  const index_t width = configuration.image_tokenizer.image_width;

  const auto source = flashvideo::open_video_source(arguments.input);
  const double fps = source->fps() > 0 ? source->fps() : configuration.frames_per_second;
  const auto sinks = outputs.open(0, {fps, arguments.scale});
  example::ProgressBar bar;
  flashvideo::VideoFrame frame;
  double squared = 0;
  index_t frames = 0;
  while (!interrupt.requested() && source->next_frame(frame)) {
    const flashvideo::Image original = flashvideo::resize_to_fill(frame.image, height, width);
    const flashvideo::Image decoded = tokenizer.decode(tokenizer.encode(std::span(&original, 1))).front();
    flashvideo::Image both(height, 2 * width);
    flashvideo::paste(both, original, 0, 0);
    flashvideo::paste(both, decoded, 0, width);
    sinks[0]->write(both);
    for (std::size_t i = 0; i < original.bytes().size(); ++i) {
      const double difference = original.bytes()[i] - decoded.bytes()[i];
      squared += difference * difference;
    }
    bar.show({.label = "reconstructing", .done = ++frames, .total = 0, .unit = "frames"});
  }
  outputs.finish(0, sinks);
  bar.wipe();
  flashvideo::require<flashvideo::format_error>(frames > 0 || interrupt.requested(), "{}: has no frames",
                                                arguments.input);
  if (frames > 0) {
    const double mean = squared / static_cast<double>(frames * height * width * 3);
    fmt::print(outputs.uses_standard_output() ? stderr : stdout, "{}: {} frames, PSNR {:.2f} dB\n",
               arguments.output, frames, 10 * std::log10(255.0 * 255.0 / std::max(mean, 1e-10)));
  }
  return interrupt.requested() ? example::status_interrupted : example::status_ok;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Sends a video through a model's image tokenizer and back; left the original, right what comes back",
      "reconstruct");
  Arguments arguments;
  app.add_option("--model", arguments.model, "the model bundle (.safetensors)")->required();
  app.add_option("input", arguments.input, "a video, a GIF, a picture or a folder of pictures")->required();
  app.add_option("--output", arguments.output,
                 ".mp4, .gif, .y4m, .png (contact sheet), a folder of frames, or - (Y4M to standard output)")
      ->required();
  example::add_number(app, "--scale", arguments.scale, 1, 64, "each pixel becomes this many times larger");
  example::add_threads(app, arguments.threads);
  return example::run_main(app, argc, argv,
                           [&](example::Interrupt& interrupt) { return reconstruct(arguments, interrupt); });
}
