// SPDX-License-Identifier: MIT
// Trains a text-to-video model from clips: the small world drawn by the library, handwritten digits, or a
// folder of captioned videos. Stop it with Ctrl-C at any time; the same command goes on where it stopped.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/command_line.hpp"
#include "common/data_sets.hpp"
#include "common/exit_status.hpp"
#include "common/interrupt.hpp"
#include "common/output_paths.hpp"
#include "common/progress_bar.hpp"
#include "common/run_lock.hpp"
#include "flashvideo/core/field_list.hpp"
#include "flashvideo/data/caption_list.hpp"
#include "flashvideo/data/mnist_files.hpp"
#include "flashvideo/data/moving_digits.hpp"
#include "flashvideo/data/moving_shapes.hpp"
#include "flashvideo/data/video_folder.hpp"
#include "flashvideo/io/folder_listing.hpp"
#include "train/training_pipeline.hpp"

namespace {

struct Arguments {
  std::string source;
  std::string folder;
  std::string config;
  std::string output = "model.safetensors";
  std::string checkpoint = "training";
  std::string image_tokenizer;
  std::string start;
  flashvideo::index_t every_nth = 0;
  bool skip_damaged = false;
  std::string windows = "random";
  example::DataSetArguments set;
  double minutes = 0;
  flashvideo::index_t steps = 0;
  int threads = 0;
};

/// Which clips of a data set's videos; videos in an order of the seed's, so that few of them are of many classes.
flashvideo::LabelledVideosOptions clips_of_set(const Arguments& arguments,
                                               const example::TrainingConfiguration& configuration) {
  flashvideo::LabelledVideosOptions clips;
  clips.size = {configuration.decoder.clip_frames(), configuration.image_tokenizer.sizes.image_height,
                configuration.image_tokenizer.sizes.image_width};
  clips.stride = std::max<flashvideo::index_t>(1, arguments.every_nth);
  clips.choice = arguments.windows == "first"   ? flashvideo::ClipChoice::first
                 : arguments.windows == "every" ? flashvideo::ClipChoice::every_window
                                                : flashvideo::ClipChoice::random;
  clips.seed = static_cast<std::uint64_t>(configuration.seed);
  clips.shuffled = true;
  clips.most_videos = clips.most_clips = std::max(configuration.clips, configuration.pictured_clips);
  if (arguments.skip_damaged) clips.most_damaged = 1;
  clips.threads = arguments.threads;
  return clips;
}

/// The clips; nothing when it was asked to stop.
std::optional<flashvideo::AnyClipSource> open_source(const Arguments& arguments,
                                                     const example::TrainingConfiguration& configuration,
                                                     const example::Interrupt& interrupt) {
  struct Stopped {};
  const auto seed = static_cast<std::uint64_t>(configuration.seed);
  const bool is_set = example::is_data_set(arguments.source);
  if (arguments.source != "digits" && !is_set && !arguments.folder.empty())
    throw example::usage_error(arguments.folder + ": only digits and data sets take a second folder");
  if (arguments.source == "shapes") {
    return flashvideo::AnyClipSource(
        flashvideo::MovingShapes({.seed = seed, .split = flashvideo::WorldSplit::training}));
  }
  if (arguments.source == "digits") {
    if (arguments.folder.empty())
      throw example::usage_error("digits needs the folder of the IDX files: train digits DIR");
    return flashvideo::AnyClipSource(flashvideo::MovingDigits(
        flashvideo::read_mnist_digits(arguments.folder, flashvideo::MnistPart::train), {.seed = seed}));
  }
  flashvideo::VideoFolderOptions options;
  options.size.height = configuration.image_tokenizer.sizes.image_height;
  options.size.width = configuration.image_tokenizer.sizes.image_width;
  options.skip_damaged = arguments.skip_damaged;
  options.frame_step = std::max<flashvideo::index_t>(1, arguments.every_nth);
  if (arguments.every_nth == 0) options.frames_per_second = configuration.frames_per_second;
  example::ProgressBar bar;
  const auto show = [&](const flashvideo::Progress& progress) {
    bar.show(progress);
    if (interrupt.requested()) throw Stopped();
  };
  try {
    const example::OpenDataSet set =
        is_set ? example::open_data_set(arguments.source, arguments.folder, arguments.set,
                                        clips_of_set(arguments, configuration), show)
               : example::OpenDataSet::of(flashvideo::VideoFolder(arguments.source, options, show));
    bar.wipe();
    std::printf("%s", set.summary.text().c_str());
    std::fflush(stdout);
    return set.clips;
  } catch (const Stopped&) {
    return std::nullopt;
  }
}

/// Refuses, before any work, an output that cannot be written.
void check_writable(const std::string& path) {
  using flashvideo::io_error, flashvideo::require;
  const std::filesystem::path output = path;
  require<io_error>(!std::filesystem::is_directory(output), "--output {}: is a folder, expected a file",
                    path);
  const std::filesystem::path folder = output.has_parent_path() ? output.parent_path() : ".";
  require<io_error>(std::filesystem::is_directory(folder), "--output {}: there is no folder {}", path,
                    folder.string());
  const std::string place = std::filesystem::is_character_file(output) ? path : folder.string();
  require<io_error>(::access(place.c_str(), W_OK) == 0, "--output {}: {} cannot be written to", path, place);
}

/// Refuses, before any work, to write over what the run reads.
void check_outputs(const Arguments& arguments) {
  if (arguments.output == "-")
    throw example::usage_error("--output -: the bundle is a file, expected its name");
  std::vector<example::NamedPath> inputs = {{"--config", arguments.config},
                                            {"--image-tokenizer", arguments.image_tokenizer},
                                            {"--start", arguments.start}};
  if (arguments.source == "digits" && !arguments.folder.empty()) {
    inputs.push_back({"folder", arguments.folder});
    for (const auto& path : flashvideo::list_folder(arguments.folder))
      inputs.push_back({"folder", path.string()});
  } else if (example::is_data_set(arguments.source)) {
    for (example::NamedPath& file : example::data_set_files(arguments.folder))
      inputs.push_back(std::move(file));
  } else if (arguments.source != "digits" && arguments.source != "shapes") {
    inputs.push_back({"source", arguments.source + "/captions.tsv"});
    for (const flashvideo::CaptionedFile& clip : flashvideo::read_caption_list(arguments.source)) {
      inputs.push_back({"source", clip.path});
      inputs.push_back({"source", std::filesystem::path(clip.path).replace_extension(".txt").string()});
    }
  }
  std::vector<example::NamedPath> outputs = {{"--output", arguments.output}};
  for (const char* name : {"clips.tokens", "image_tokenizer.checkpoint", "image_tokenizer.csv",
                           "image_tokenizer.svg", "decoder.checkpoint", "decoder.csv", "decoder.svg"}) {
    outputs.push_back({"--checkpoint", arguments.checkpoint + "/" + name});
  }
  example::refuse_overwriting(inputs, outputs);
}

template <typename Backend>
int run(const Backend& backend, const Arguments& arguments,
        const example::TrainingConfiguration& configuration, example::Interrupt& interrupt) {
  example::TrainingPipeline<Backend> pipeline(
      backend, configuration,
      {arguments.output, arguments.checkpoint, arguments.image_tokenizer, arguments.start});
  const auto source = open_source(arguments, configuration, interrupt);
  if (!source || !pipeline.take(*source, interrupt.token())) {
    std::fprintf(stderr, "train: stopped before the training began; nothing is written\n");
    return example::status_interrupted;
  }
  const example::TrainingOutcome outcome = pipeline.run(arguments.minutes, interrupt.token());
  if (outcome.finished) {
    std::printf("%s\n", arguments.output.c_str());
    return example::status_ok;
  }
  const std::string bundle = outcome.bundle_written ? "what is learnt so far stands in " + arguments.output
                                                    : "no bundle is written yet";
  std::fprintf(stderr, "train: stopped %s; %s; the same command goes on from %s\n", outcome.reached.c_str(),
               bundle.c_str(), arguments.checkpoint.c_str());
  return interrupt.requested() ? example::status_interrupted : example::status_ok;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a text-to-video model: image tokenizer first, then the decoder", "train");
  Arguments arguments;
  app.add_option("source", arguments.source,
                 "shapes, digits, a data set (ucf101, kinetics600, robot_pushing, folders), or a folder of "
                 "videos with "
                 "captions.tsv")
      ->required();
  app.add_option("folder", arguments.folder, "of the data set; for digits of MNIST's IDX files");
  app.add_option("--config", arguments.config, "JSON file of sizes and learning (examples/train/*.json)")
      ->required();
  app.add_option("--output", arguments.output, "the bundle to write")->capture_default_str();
  app.add_option("--checkpoint", arguments.checkpoint,
                 "folder of checkpoints, tokenised clips and loss curves; an existing one is continued")
      ->capture_default_str();
  app.add_option("--image-tokenizer", arguments.image_tokenizer,
                 "a bundle whose image tokenizer is taken instead of training one");
  app.add_option("--start", arguments.start,
                 "a bundle whose decoder the run starts from, to go on learning with another seed");
  example::add_number(
      app, "--every-nth", arguments.every_nth, 0, 1'000'000,
      "of a folder's videos every n-th frame, whatever their rates; 0: the frames nearest in time to "
      "the configuration's frames_per_second, of a data set's videos every frame");
  app.add_option(
         "--windows", arguments.windows,
         "which clips of a data set's videos: the first frames, a run drawn by the seed, or every run")
      ->check(CLI::IsMember({"first", "random", "every"}))
      ->capture_default_str();
  arguments.set.add_to(app);
  app.add_flag("--skip-damaged", arguments.skip_damaged, "leave damaged videos out, however many");
  example::add_number(app, "--minutes", arguments.minutes, 0, 1e6, "stop after this time and save; 0: none");
  example::add_number(app, "--steps", arguments.steps, 0, 1'000'000'000,
                      "steps of the decoder instead of the configuration's; 0: as configured");
  example::add_threads(app, arguments.threads);
  app.footer("The configuration's keys:\n" + flashvideo::list_of_fields<example::TrainingConfiguration>());
  return example::run_main(app, argc, argv, [&](example::Interrupt& interrupt) {
    check_outputs(arguments);
    example::TrainingConfiguration configuration = example::read_training_configuration(arguments.config);
    check_writable(arguments.output);
    const example::RunLock lock(arguments.checkpoint);
    if (arguments.steps > 0) configuration.decoder.steps = arguments.steps;
    if (configuration.mixed_precision()) {
      return run(flashvideo::MixedCpu(arguments.threads), arguments, configuration, interrupt);
    }
    return run(flashvideo::Cpu(arguments.threads), arguments, configuration, interrupt);
  });
}
