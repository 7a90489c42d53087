// SPDX-License-Identifier: MIT
// prediction_train_transformer DIR --config FILE --image-tokenizer BUNDLE ...: `train robot_pushing` with the autoregressive
// transformer's mixer in place of retention; configuration, data, time and files are the same.
#include <CLI/CLI.hpp>

#include "common/command_line.hpp"
#include "common/exit_status.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/text_file.hpp"
#include "train/run_training.hpp"

int main(int argc, char** argv) {
  CLI::App app("Trains the autoregressive transformer on robot pushing", "prediction_train_transformer");
  example::TrainingArguments arguments;
  arguments.source = "robot_pushing";
  app.add_option("folder", arguments.folder, "of the set, holds softmotion30_44k")->required();
  app.add_option("--config", arguments.config, "JSON file of sizes and learning")->required();
  app.add_option("--output", arguments.output, "the bundle to write")->capture_default_str();
  app.add_option("--checkpoint", arguments.checkpoint, "folder of the run")->capture_default_str();
  app.add_option("--image-tokenizer", arguments.image_tokenizer, "a bundle whose image tokenizer is taken");
  arguments.set.add_to(app);
  example::add_number(app, "--minutes", arguments.minutes, 0, 1e6,
                      "of the run; 0: the configuration's steps");
  example::add_threads(app, arguments.threads);
  return example::run_main(app, argc, argv, [&](example::Interrupt& interrupt) {
    const flashvideo::Json json =
        flashvideo::parse_json(flashvideo::read_text_file(arguments.config), arguments.config);
    return example::run_training<flashvideo::TransformerParts>(arguments, json, interrupt);
  });
}
