// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <string>
#include <vector>

#include "flashvideo/generation/bundle_configuration.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/text_file.hpp"
#include "flashvideo/training/clip_sequences.hpp"
#include "flashvideo/training/image_tokenizer_objective.hpp"
#include "flashvideo/training/trainer_options.hpp"

namespace example {

/// How one network is trained: the numbers of a `Trainer`.
struct LearningConfiguration {
  flashvideo::index_t steps = 1000;
  flashvideo::index_t batch = 16;
  double learning_rate = 1e-3;
  flashvideo::index_t warm_up_steps = 100;
  double weight_decay = 0;
  double beta2 = 0.98;
  double clipping_norm = 1;
  flashvideo::MuonOptions muon{};  ///< with a prefix: these matrices are updated by Muon instead of AdamW

  flashvideo::TrainerOptions trainer_options() const {
    flashvideo::TrainerOptions options;
    options.steps = steps;
    options.clipping_norm = clipping_norm;
    options.adam.beta2 = beta2;
    options.adam.weight_decay = weight_decay;
    options.muon = muon;
    options.schedule =
        flashvideo::LearningRateSchedule::cosine(learning_rate, warm_up_steps, steps, 0.02 * learning_rate);
    return options;
  }
};

/// Everything that a training run is made of; a JSON file (examples/train/*.json).
struct TrainingConfiguration {
  std::uint64_t seed = 1;
  bool mixed_precision = true;                ///< bfloat16 operands in matrix products, float sums
  flashvideo::index_t clips = 20000;          ///< clips that are tokenised; at most what the source has
  flashvideo::index_t pictured_clips = 3000;  ///< clips whose frames train the image tokenizer
  flashvideo::VqVaeConfig image_tokenizer{};
  flashvideo::ImageTokenizerLearning image_learning{};
  LearningConfiguration image_training{};
  flashvideo::DecoderConfiguration decoder{};  ///< vocabulary and outputs are filled in
  bool frame_harmonics = false;                ///< rotations that come back with the frame; else XPos
  double codebook_start = 1;  ///< share of their own of the codes' first rows; 1: no codebook in them
  LearningConfiguration decoder_training{};
  flashvideo::index_t text_length = 0;  ///< text tokens before each frame; shorter captions are filled up
  flashvideo::index_t key_frames = 5;
  flashvideo::index_t key_spacing = 4;
  flashvideo::index_t carried = 2;
  double interpolation_share = 0.35;
  std::vector<flashvideo::TrainedGap> gaps{{3, 1}};  ///< one may stand several times: drawn as often
  double frames_per_second = 8;
};

namespace detail {

inline LearningConfiguration learning_from_json(const flashvideo::Json& json) {
  LearningConfiguration c;
  c.steps = json.at("steps").as_integer();
  c.batch = json.at("batch").as_integer();
  c.learning_rate = json.at("learning_rate").as_number();
  c.warm_up_steps = json.at("warm_up_steps").as_integer();
  c.weight_decay = json.at("weight_decay").as_number();
  c.beta2 = json.at("beta2").as_number();
  c.clipping_norm = json.at("clipping_norm").as_number();
  if (const flashvideo::Json* muon = json.find("muon")) {
    c.muon.prefix = muon->at("prefix").as_string();
    c.muon.momentum = muon->at("momentum").as_number();
    c.muon.rate_factor = muon->at("rate_factor").as_number();
    c.muon.weight_decay = muon->at("weight_decay").as_number();
  }
  return c;
}

}  // namespace detail

/// @throws flashvideo::value_error, flashvideo::format_error naming what is missing or wrong
inline TrainingConfiguration read_training_configuration(const std::string& path) {
  using namespace flashvideo;
  const std::string text = read_text_file(path);
  try {
    const Json json = parse_json(text);
    TrainingConfiguration c;
    c.seed = static_cast<std::uint64_t>(json.at("seed").as_integer());
    const std::string& precision = json.at("precision").as_string();
    require<value_error>(precision == "bfloat16" || precision == "float32",
                         "precision is \"{}\", expected \"bfloat16\" or \"float32\"", precision);
    c.mixed_precision = precision == "bfloat16";
    c.clips = json.at("clips").as_integer();
    c.pictured_clips = json.at("pictured_clips").as_integer();
    c.frames_per_second = json.at("frames_per_second").as_number();
    const Json& image = json.at("image_tokenizer");
    c.image_tokenizer = flashvideo::detail::image_tokenizer_from_json(image.at("sizes"));
    c.image_training = detail::learning_from_json(image);
    c.image_learning.batch = c.image_training.batch;
    c.image_learning.commitment = image.at("commitment").as_number();
    c.image_learning.black_weight = image.at("black_weight").as_number();
    const Json& decoder = json.at("decoder");
    const Json& sizes = decoder.at("sizes");
    c.decoder.d_model = sizes.at("d_model").as_integer();
    c.decoder.d_value = sizes.at("d_value").as_integer();
    c.decoder.d_feed_forward = sizes.at("d_feed_forward").as_integer();
    c.decoder.num_layers = sizes.at("num_layers").as_integer();
    c.decoder.num_heads = sizes.at("num_heads").as_integer();
    c.decoder.longest_sequence = sizes.at("longest_sequence").as_integer();
    c.decoder_training = detail::learning_from_json(decoder);
    c.text_length = decoder.at("text_length").as_integer();
    const std::string& position = decoder.at("position").as_string();
    require<value_error>(position == XPos::name || position == FrameHarmonics::name,
                         "position is \"{}\", expected \"{}\" or \"{}\"", position, XPos::name,
                         FrameHarmonics::name);
    c.frame_harmonics = position == FrameHarmonics::name;
    c.codebook_start = decoder.at("codebook_start").as_number();
    c.key_frames = decoder.at("key_frames").as_integer();
    c.key_spacing = decoder.at("key_spacing").as_integer();
    c.carried = decoder.at("carried").as_integer();
    c.interpolation_share = decoder.at("interpolation_share").as_number();
    c.gaps.clear();
    for (const Json& gap : decoder.at("gaps").as_array()) {
      c.gaps.push_back({gap.at("between").as_integer(), gap.at("spacing").as_integer()});
    }
    return c;
  } catch (const error& wrong) {
    throw format_error(fmt::format("{}: {}", path, wrong.what()));
  }
}

}  // namespace example
