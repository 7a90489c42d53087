// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "common/exit_status.hpp"
#include "common/interrupt.hpp"
#include "common/run_lock.hpp"
#include "train/clip_facts.hpp"
#include "train/json_lines.hpp"
#include "train/open_clips.hpp"
#include "train/training_pipeline.hpp"

namespace example {

/// Refuses, before any work, a file that cannot be written.
inline void check_writable(const std::string& option, const std::string& path) {
  using flashvideo::io_error, flashvideo::require;
  const std::filesystem::path output = path;
  require<io_error>(!std::filesystem::is_directory(output), "{} {}: is a folder, expected a file", option,
                    path);
  const std::filesystem::path folder = output.has_parent_path() ? output.parent_path() : ".";
  require<io_error>(std::filesystem::is_directory(folder), "{} {}: there is no folder {}", option, path,
                    folder.string());
  const std::string place = std::filesystem::is_character_file(output) ? path : folder.string();
  require<io_error>(::access(place.c_str(), W_OK) == 0, "{} {}: {} cannot be written to", option, path,
                    place);
}

/// `run_training` on a backend. @return the exit status
template <typename Parts, typename Sizes, typename Backend>
int run_pipeline(const Backend& backend, const TrainingArguments& arguments,
                 const TrainingConfiguration<Sizes>& configuration, const Interrupt& interrupt) {
  TrainingPipeline<Parts, Backend> pipeline(
      backend, configuration,
      {arguments.output, arguments.checkpoint, arguments.image_tokenizer, arguments.start});
  const Sizes& picture = configuration.image_tokenizer.sizes;
  const auto source =
      open_clips(arguments, configuration,
                 {configuration.decoder.clip_frames(), picture.image_height, picture.image_width}, interrupt);
  if (!source || !pipeline.take(*source, interrupt.token())) {
    std::fprintf(stderr, "train: stopped before the training began; nothing is written\n");
    return status_interrupted;
  }
  const bool in_time = configuration.minutes > 0;
  const TrainingOutcome outcome =
      pipeline.run(configuration.minutes, in_time, arguments.steps == 0, interrupt.token());
  std::fprintf(stderr, "%s", outcome.notes.c_str());
  if (!arguments.report.empty()) write_report(arguments.report, arguments.checkpoint);
  if (outcome.finished) {
    std::printf("%s\n", arguments.output.c_str());
    return status_ok;
  }
  std::string bundle = "no bundle is written yet";
  if (outcome.bundle_written && outcome.decoder_learnt) {
    bundle = "what is learnt so far stands in " + arguments.output;
  } else if (outcome.bundle_written) {
    bundle = "the image tokenizer so far stands in " + arguments.output +
             ", beside a decoder that has learnt nothing yet (generate makes noise of it)";
  }
  std::fprintf(stderr, "train: stopped %s; %s; the same command goes on from %s\n", outcome.reached.c_str(),
               bundle.c_str(), arguments.checkpoint.c_str());
  return interrupt.requested() ? status_interrupted : status_ok;
}

/// Refuses a size that the image tokenizer cannot have; anything else of the configuration is right.
/// @throws usage_error
template <typename Sizes>
void check_size(const TrainingArguments& arguments, const TrainingConfiguration<Sizes>& configuration) {
  try {
    configuration.check();
  } catch (const flashvideo::value_error& wrong) {
    throw usage_error(std::string("--size ") + arguments.size + ": " + wrong.what());
  }
}

/// What the command line says otherwise than the configuration.
template <typename Sizes>
void apply_arguments(const TrainingArguments& arguments, TrainingConfiguration<Sizes>& configuration) {
  if (arguments.steps > 0) configuration.decoder.steps = arguments.steps;
  if (arguments.minutes >= 0) configuration.minutes = arguments.minutes;
  if (arguments.fps > 0) configuration.frames_per_second = arguments.fps;
  if (arguments.mirror) configuration.mirror = true;
  if (const auto size = picture_size(arguments.size)) {
    configuration.image_tokenizer.sizes.image_height = size->height;
    configuration.image_tokenizer.sizes.image_width = size->width;
  }
  check_size(arguments, configuration);
}

/// Trains as the command line and the configuration say.
/// @tparam Parts of the model
/// @param json the configuration
/// @return the exit status
template <typename Parts>
int run_training(const TrainingArguments& arguments, const flashvideo::Json& json,
                 const Interrupt& interrupt) {
  using Sizes = typename flashvideo::VideoModel<Parts, flashvideo::Cpu>::Picture::Configuration;
  auto configuration = training_configuration<Sizes>(json, arguments.config);
  apply_arguments(arguments, configuration);
  check_writable("--output", arguments.output);
  if (!arguments.report.empty()) check_writable("--report", arguments.report);
  if (!arguments.write_config.empty()) check_writable("--write-config", arguments.write_config);
  const RunLock lock(arguments.checkpoint);
  if (!arguments.kept_config.empty()) flashvideo::write_file(arguments.kept_config, json_lines(json.dump()));
  if (!arguments.write_config.empty()) {
    flashvideo::write_file(arguments.write_config, json_lines(flashvideo::to_json(configuration).dump()));
  }
  if (configuration.mixed_precision()) {
    return run_pipeline<Parts>(flashvideo::MixedCpu(arguments.threads), arguments, configuration, interrupt);
  }
  return run_pipeline<Parts>(flashvideo::Cpu(arguments.threads), arguments, configuration, interrupt);
}

}  // namespace example
