// SPDX-License-Identifier: MIT
#include "train/open_clips.hpp"

#include <algorithm>
#include <cstdio>

#include "common/progress_bar.hpp"
#include "common/usage_error.hpp"
#include "flashvideo/data/mnist_files.hpp"
#include "flashvideo/data/moving_digits.hpp"
#include "flashvideo/data/moving_shapes.hpp"
#include "flashvideo/data/video_folder.hpp"

namespace example {

namespace {

/// Which clips of a data set's videos; videos in an order of the seed's, so that few of them are of many classes.
flashvideo::LabelledVideosOptions clips_of_set(const TrainingArguments& arguments,
                                               const TrainingNumbers& numbers,
                                               const flashvideo::ClipSize& size) {
  flashvideo::LabelledVideosOptions clips;
  clips.size = size;
  clips.stride = std::max<flashvideo::index_t>(1, arguments.every_nth);
  clips.choice = arguments.windows == "first"   ? flashvideo::ClipChoice::first
                 : arguments.windows == "every" ? flashvideo::ClipChoice::every_window
                                                : flashvideo::ClipChoice::random;
  clips.seed = static_cast<std::uint64_t>(numbers.seed);
  clips.shuffled = true;
  clips.most_videos = clips.most_clips = std::max(numbers.clips, numbers.pictured_clips);
  if (arguments.skip_damaged) clips.most_damaged = 1;
  clips.threads = arguments.threads;
  return clips;
}

}  // namespace

void check_folders(const TrainingArguments& arguments) {
  const bool is_digits = arguments.source == "digits";
  if (!is_digits && !is_data_set(arguments.source) && !arguments.folder.empty())
    throw usage_error(arguments.folder + ": only digits and data sets take a second folder");
  if (is_digits && arguments.folder.empty())
    throw usage_error("digits needs the folder of the IDX files: train digits DIR");
}

std::optional<flashvideo::AnyClipSource> open_clips(const TrainingArguments& arguments,
                                                    const TrainingNumbers& numbers,
                                                    const flashvideo::ClipSize& size,
                                                    const Interrupt& interrupt) {
  struct Stopped {};
  const auto seed = static_cast<std::uint64_t>(numbers.seed);
  const bool is_set = is_data_set(arguments.source);
  check_folders(arguments);
  if (arguments.source == "shapes") {
    return flashvideo::AnyClipSource(
        flashvideo::MovingShapes({.seed = seed, .split = flashvideo::WorldSplit::training}));
  }
  if (arguments.source == "digits") {
    return flashvideo::AnyClipSource(flashvideo::MovingDigits(
        flashvideo::read_mnist_digits(arguments.folder, flashvideo::MnistPart::train), {.seed = seed}));
  }
  flashvideo::VideoFolderOptions options;
  options.size = size;
  options.skip_damaged = arguments.skip_damaged;
  options.frame_step = std::max<flashvideo::index_t>(1, arguments.every_nth);
  if (arguments.every_nth == 0) options.frames_per_second = numbers.frames_per_second;
  ProgressBar bar;
  const auto show = [&](const flashvideo::Progress& progress) {
    bar.show(progress);
    if (interrupt.requested()) throw Stopped();
  };
  try {
    const OpenDataSet set = is_set
                                ? open_data_set(arguments.source, arguments.folder, arguments.set,
                                                clips_of_set(arguments, numbers, size), show)
                                : OpenDataSet::of(flashvideo::VideoFolder(arguments.source, options, show));
    bar.wipe();
    std::printf("%s", set.summary.text().c_str());
    std::fflush(stdout);
    return set.clips;
  } catch (const Stopped&) {
    return std::nullopt;
  }
}

}  // namespace example
