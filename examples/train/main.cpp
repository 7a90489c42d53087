// SPDX-License-Identifier: MIT
// Trains a text-to-video model from clips: the small world drawn by the library, handwritten digits, or a
// folder of captioned videos. Stop it with Ctrl-C at any time; the same command goes on where it stopped.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/command_line.hpp"
#include "common/data_sets.hpp"
#include "common/exit_status.hpp"
#include "common/interrupt.hpp"
#include "common/output_paths.hpp"
#include "common/usage_error.hpp"
#include "flashvideo/core/field_list.hpp"
#include "flashvideo/data/caption_list.hpp"
#include "flashvideo/io/folder_listing.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/text_file.hpp"
#include "train/presets.hpp"
#include "train/run_training.hpp"
#include "train/train_icetk.hpp"

namespace {

/// Refuses, before any work, to write over what the run reads.
void check_outputs(const example::TrainingArguments& arguments) {
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
  if (!arguments.write_config.empty()) outputs.push_back({"--write-config", arguments.write_config});
  if (!arguments.report.empty()) outputs.push_back({"--report", arguments.report});
  for (const char* name : {"clips.tokens", "snapshot.safetensors", "plan.json", "image_tokenizer.checkpoint",
                           "image_tokenizer.csv", "image_tokenizer.svg", "image_tokenizer_held_out.csv",
                           "image_tokenizer_best.checkpoint", "decoder.checkpoint", "decoder.csv",
                           "decoder.svg", "decoder_held_out.csv", "decoder_best.checkpoint"}) {
    outputs.push_back({"--checkpoint", arguments.checkpoint + "/" + name});
  }
  example::refuse_overwriting(inputs, outputs);
}

/// The configuration: a file's, a preset's, that of the run that goes on, or one that follows from the clips.
flashvideo::Json configuration_of(example::TrainingArguments& arguments) {
  if (arguments.preset == "flashvideo_160") {
    arguments.config = "--preset flashvideo_160";
    return flashvideo::parse_json(example::flashvideo_160_json, arguments.config);
  }
  const std::string kept = arguments.checkpoint + "/configuration.json";
  const bool goes_on = std::filesystem::exists(arguments.checkpoint + "/image_tokenizer.checkpoint") ||
                       std::filesystem::exists(arguments.checkpoint + "/decoder.checkpoint");
  if (arguments.config.empty() && arguments.preset.empty() && goes_on && std::filesystem::exists(kept))
    arguments.config = kept;
  if (!arguments.config.empty())
    return flashvideo::parse_json(flashvideo::read_text_file(arguments.config), arguments.config);
  example::WantedSizes wanted;
  wanted.preset = arguments.preset;
  if (arguments.minutes > 0) wanted.minutes = arguments.minutes;
  if (arguments.minutes < 0) arguments.minutes = wanted.minutes;
  wanted.frames_per_second = arguments.fps;
  if (const auto size = example::picture_size(arguments.size)) {
    wanted.height = size->height;
    wanted.width = size->width;
  }
  const example::ClipFacts facts = example::look_at_clips(arguments);
  auto chosen = example::choose_configuration(facts, wanted);
  chosen.minutes = arguments.minutes;
  example::check_size(arguments, chosen);
  std::printf("%s", example::choice_text(facts, chosen).c_str());
  std::fflush(stdout);
  arguments.config = "the configuration that follows from the clips";
  arguments.kept_config = kept;
  return flashvideo::to_json(chosen);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a text-to-video model: image tokenizer first, then the decoder", "train");
  example::TrainingArguments arguments;
  app.add_option("source", arguments.source,
                 "shapes, digits, a data set (ucf101, kinetics600, robot_pushing, folders), or a folder of "
                 "videos with "
                 "captions.tsv")
      ->required();
  app.add_option("folder", arguments.folder, "of the data set; for digits of MNIST's IDX files");
  CLI::Option* config = app.add_option("--config", arguments.config,
                                       "JSON file of sizes and learning (examples/train/*.json); without one "
                                       "they follow from the clips and the minutes");
  app.add_option("--preset", arguments.preset,
                 "instead of a file: small, medium (sizes follow from the clips) or "
                 "flashvideo_160 (the paper's class, wants --image-tokenizer)")
      ->check(CLI::IsMember({"small", "medium", "flashvideo_160"}))
      ->excludes(config);
  app.add_option("--write-config", arguments.write_config,
                 "writes the configuration of this run, for --config");
  app.add_option(
      "--size", arguments.size,
      "of the pictures, WIDTHxHEIGHT: the middle of a clip's with that aspect, resized; instead of "
      "the configuration's");
  example::add_number(app, "--fps", arguments.fps, 0, 1000,
                      "frames/s that a folder's videos are taken at; 0: the configuration's");
  app.add_flag("--mirror", arguments.mirror,
               "also learns the clips mirrored whose captions have no \"left\" or \"right\"");
  app.add_option("--output", arguments.output, "the bundle to write")->capture_default_str();
  app.add_option("--checkpoint", arguments.checkpoint,
                 "folder of checkpoints, tokenised clips and loss curves; an existing one is continued")
      ->capture_default_str();
  app.add_option("--image-tokenizer", arguments.image_tokenizer,
                 "a bundle whose image tokenizer is taken instead of training one; of icetk's pictures "
                 "(kind hvq_vae) also the file that convert makes of ice_image.pt");
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
  app.add_option("--report", arguments.report,
                 "an HTML page of the curves and strips of pictures, written at the end");
  arguments.set.add_to(app);
  app.add_flag("--skip-damaged", arguments.skip_damaged, "leave damaged videos out, however many");
  example::add_number(
      app, "--minutes", arguments.minutes, 0, 1e6,
      "of the run, shared by its stages, whose steps follow from it; 0: the configuration's steps; "
      "without --config 60 unless told");
  example::add_number(app, "--steps", arguments.steps, 0, 1'000'000'000,
                      "steps of the decoder instead of the configuration's; 0: as configured");
  example::add_threads(app, arguments.threads);
  app.footer("The configuration's keys:\n" + flashvideo::list_of_fields<example::TrainingConfiguration<>>() +
             "\nimage_tokenizer of icetk's pictures, which is taken as it is:\n" +
             flashvideo::list_of_fields<example::ImageTokenizerTraining<flashvideo::HvqVaeConfiguration>>());
  return example::run_main(app, argc, argv, [&](example::Interrupt& interrupt) {
    check_outputs(arguments);
    example::check_folders(arguments);
    const flashvideo::Json json = configuration_of(arguments);
    if (example::has_icetk_pictures(json, arguments.config)) {
      return example::train_icetk(arguments, json, interrupt);
    }
    return example::run_training<flashvideo::FlashVideoParts>(arguments, json, interrupt);
  });
}
