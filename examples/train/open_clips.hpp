// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "common/data_sets.hpp"
#include "common/interrupt.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "train/training_configuration.hpp"

namespace example {

/// The command line.
struct TrainingArguments {
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
  double minutes = -1;  ///< negative: not given
  flashvideo::index_t steps = 0;
  std::string preset;        ///< instead of a configuration
  std::string kept_config;   ///< where a chosen configuration is kept for a run that goes on; empty: nowhere
  std::string write_config;  ///< where the configuration is written; empty: nowhere
  std::string size;          ///< "96x64", width first; empty: the configuration's
  double fps = 0;            ///< 0: the configuration's
  bool mirror = false;
  std::string report;  ///< the page; empty: none
  int threads = 0;
};

/// Refuses a second folder where there is none to take, and the lack of one.
/// @throws usage_error
void check_folders(const TrainingArguments& arguments);

/// The clips that a command line names; nothing when it was asked to stop.
/// @param size of a clip; a folder's videos have lengths of their own
std::optional<flashvideo::AnyClipSource> open_clips(const TrainingArguments& arguments,
                                                    const TrainingNumbers& numbers,
                                                    const flashvideo::ClipSize& size,
                                                    const Interrupt& interrupt);

}  // namespace example
