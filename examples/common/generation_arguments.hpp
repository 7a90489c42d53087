// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "common/command_line.hpp"
#include "flashvideo/generation/generation_options.hpp"

namespace example {

/// The options of sampling: --temperature, --top-k, --top-p, --guidance, --inherit.
inline void add_sampling(CLI::App& app, flashvideo::GenerationOptions& options) {
  add_number(app, "--temperature", options.sampling.temperature, 0, 1000,
             "of sampling; below 1 pictures empty");
  add_number(app, "--top-k", options.sampling.top_k, 0, 1'000'000,
             "sample among the k most probable tokens; 0: all");
  add_number(app, "--top-p", options.sampling.top_p, 1e-6, 1,
             "sample among the most probable tokens that make up this probability");
  add_number(app, "--guidance", options.guidance, 0, 1000,
             "how much the text counts, for a model trained with text_dropout; 1: as much as it was trained");
  add_number(app, "--inherit", options.inherit, 0, 1,
             "share of the stable tokens that interpolated frames copy");
}

/// The option --weights.
inline void add_weights(CLI::App& app, std::string& weights) {
  app.add_option("--weights", weights,
                 "how the matrices are kept in memory: float32, bfloat16, int8 or int4 (smaller and faster, "
                 "less exact)")
      ->check(CLI::IsMember({"float32", "bfloat16", "int8", "int4"}))
      ->capture_default_str();
}

}  // namespace example
