// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "flashvideo/core/fields.hpp"
#include "flashvideo/io/json_field_reader.hpp"
#include "flashvideo/model/decoder_configuration.hpp"
#include "flashvideo/sequence/trained_gap.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_configuration.hpp"
#include "flashvideo/tokenizer/image/vq_vae_configuration.hpp"
#include "flashvideo/training/image_tokenizer_objective.hpp"
#include "flashvideo/training/trainer_options.hpp"

namespace example {

using flashvideo::index_t;

/// How one network is trained: the numbers of a `Trainer`.
struct LearningConfiguration {
  index_t steps = 1000;
  index_t batch = 16;
  double learning_rate = 1e-3;
  index_t warm_up_steps = 100;
  double weight_decay = 0;
  double beta2 = 0.98;
  double clipping_norm = 1;
  flashvideo::MuonOptions muon{};  ///< with a prefix: these matrices are updated by Muon instead of AdamW

  void visit(flashvideo::Fields& fields) {
    using namespace flashvideo;
    fields.integer("steps", steps, at_least(1), "updates");
    fields.integer("batch", batch, at_least(1, 1 << 20), "images or sequences of a step");
    fields.real("learning_rate", learning_rate, above(0.0), "highest learning rate");
    fields.integer("warm_up_steps", warm_up_steps, at_least(0), "steps until the highest learning rate");
    fields.real("weight_decay", weight_decay, at_least(0.0), "decoupled, of AdamW");
    fields.real("beta2", beta2, within_below(0.0, 1.0), "share that AdamW's mean of squares keeps");
    fields.real("clipping_norm", clipping_norm, at_least(0.0), "longest gradient; 0: any");
    if (fields.present("muon", !muon.prefix.empty())) fields.part("muon", muon);
  }

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

/// The image tokenizer of these sizes, and how it is trained if it is.
template <typename Sizes>
struct ImageTokenizerTraining;

template <>
struct ImageTokenizerTraining<flashvideo::VqVaeConfiguration> : LearningConfiguration {
  flashvideo::VqVaeConfiguration sizes{};
  flashvideo::ImageTokenizerObjectiveOptions weights{};

  void visit(flashvideo::Fields& fields) {
    fields.part("sizes", [&] {
      fields.constant("kind", "vq_vae");
      sizes.visit(fields);
    });
    weights.visit_weights(fields);
    LearningConfiguration::visit(fields);
  }
  flashvideo::ImageTokenizerObjectiveOptions learning() const {
    flashvideo::ImageTokenizerObjectiveOptions result = weights;
    result.batch = batch;
    return result;
  }
};

/// icetk's is taken as it is.
template <>
struct ImageTokenizerTraining<flashvideo::HvqVaeConfiguration> {
  flashvideo::HvqVaeConfiguration sizes{};

  void visit(flashvideo::Fields& fields) {
    fields.part("sizes", [&] {
      fields.constant("kind", "hvq_vae");
      sizes.visit(fields);
    });
  }
};

struct DecoderTraining : LearningConfiguration {
  index_t text_length = 0;  ///< text tokens before each frame; shorter captions are filled up
  double text_dropout = 0;  ///< share of the sequences without their text; above 0: the bundle may be guided
  std::vector<index_t>
      given_frames{};  ///< how many first frames are given, each as often as it is to be drawn
  std::string position = "xpos";
  double codebook_start = 1;  ///< share of their own of the codes' first rows; 1: no codebook in them
  flashvideo::DecoderConfiguration sizes{};  ///< vocabulary and outputs are filled in
  index_t key_frames = 5;
  index_t key_spacing = 4;
  index_t carried = 2;
  double interpolation_share = 0.35;
  std::vector<flashvideo::TrainedGap> gaps{{3, 1}};  ///< one may stand several times: drawn as often

  bool frame_harmonics() const { return position == "frame_harmonics"; }
  /// Frames of the longest sequence's reach in a clip.
  index_t clip_frames() const {
    index_t frames = (key_frames - 1) * key_spacing + 1;
    for (const flashvideo::TrainedGap& gap : gaps) {
      frames = std::max(frames, (gap.between + 1) * gap.spacing + 1);
    }
    return frames;
  }

  void visit(flashvideo::Fields& fields) {
    using namespace flashvideo;
    const index_t most = 1 << 20;
    fields.integer("text_length", text_length, at_least(0, most), "text tokens before each frame; 0: any");
    if (fields.present("text_dropout", text_dropout > 0)) {
      fields.real("text_dropout", text_dropout, within_below(0.0, 1.0), "share of sequences without text");
    }
    if (fields.present("given_frames", !given_frames.empty())) {
      fields.integers("given_frames", given_frames, at_least(1, most), at_least(0, most),
                      "first frames that a sequence is given, each as often as it is to be drawn");
    }
    fields.text("position", position, {"xpos", "frame_harmonics"}, "kind of rotations");
    fields.real("codebook_start", codebook_start, within(0.0, 1.0), "own share of the codes' first rows");
    fields.part("sizes", [&] { sizes.visit_sizes(fields); });
    LearningConfiguration::visit(fields);
    fields.integer("key_frames", key_frames, at_least(1, most), "key frames of a sequence");
    fields.integer("key_spacing", key_spacing, at_least(1, most), "frames from one key frame to the next");
    fields.integer("carried", carried, at_least(0, most), "key frames that a later segment takes over");
    fields.real("interpolation_share", interpolation_share, within(0.0, 1.0), "of the sequences");
    fields.list("gaps", gaps, at_least(0), "interpolations, each as often as it is to be drawn");
  }

  /// Throws value_error naming the first relation that does not hold.
  void check() const {
    using namespace flashvideo;
    sizes.check_heads();
    require<value_error>(!frame_harmonics() || text_length >= 1,
                         "decoder.text_length is 0, expected >= 1 for the position \"{}\"", position);
    require<value_error>(carried < key_frames, "decoder.carried is {}, expected less than the {} key_frames",
                         carried, key_frames);
    for (const index_t given : given_frames) {
      require<value_error>(
          given <= (key_frames - 1) * key_spacing,
          "decoder.given_frames has {}, expected at most {}, so that one of the {} key_frames is "
          "left to write",
          given, (key_frames - 1) * key_spacing, key_frames);
    }
    require<value_error>(interpolation_share == 0 || !gaps.empty(),
                         "decoder.gaps is empty, expected at least one for the interpolation_share {}",
                         interpolation_share);
    require<value_error>(
        interpolation_share == 0 || fills_key_spacing(),
        "decoder.gaps: none of them fills the {} frames from one key frame to the next, expected for "
        "example {{\"between\": {}, \"spacing\": 1}} (or interpolation_share 0)",
        key_spacing, key_spacing - 1);
  }

 private:
  /// Whether rounds of one `between` lead from the key frames to frames beside one another.
  bool fills_key_spacing() const {
    return std::any_of(gaps.begin(), gaps.end(), [&](const flashvideo::TrainedGap& gap) {
      index_t spacing = key_spacing;
      while (spacing % (gap.between + 1) == 0) {
        spacing /= gap.between + 1;
        if (std::find(gaps.begin(), gaps.end(), flashvideo::TrainedGap{gap.between, spacing}) == gaps.end()) {
          return false;
        }
      }
      return spacing == 1;
    });
  }
};

/// Numbers of a run that do not depend on its image tokenizer.
struct TrainingNumbers {
  index_t seed = 1;
  std::string precision = "bfloat16";  ///< operands of matrix products; sums are float
  index_t clips = 20000;               ///< clips that are tokenised; at most what the source has
  index_t pictured_clips = 0;          ///< clips whose frames train the image tokenizer
  double frames_per_second = 8;
  double held_out = 0;  ///< share of the clips that are not learnt; the best checkpoint by their loss is kept
  bool mirror = false;  ///< also the mirrored clips, where the caption allows it
  double minutes = 0;   ///< of the run, shared by the stages; their steps are then bounds; 0: the steps count
  DecoderTraining decoder{};

  bool mixed_precision() const { return precision == "bfloat16"; }
};

/// Everything that a training run is made of; a JSON file (examples/train/*.json).
/// @tparam Sizes of the image tokenizer
template <typename Sizes = flashvideo::VqVaeConfiguration>
struct TrainingConfiguration : TrainingNumbers {
  /// Whether the image tokenizer is trained; else it is taken from a file.
  static constexpr bool trains_pictures =
      std::is_base_of_v<LearningConfiguration, ImageTokenizerTraining<Sizes>>;

  ImageTokenizerTraining<Sizes> image_tokenizer{};

  void visit(flashvideo::Fields& fields) {
    using namespace flashvideo;
    fields.integer("seed", seed, at_least(0, std::numeric_limits<index_t>::max()),
                   "of values, data and order");
    fields.text("precision", precision, {"bfloat16", "float32"}, "of matrix products' operands");
    fields.integer("clips", clips, at_least(1), "clips that the decoder learns");
    if (trains_pictures) {
      fields.integer("pictured_clips", pictured_clips, at_least(1), "clips that the image tokenizer learns");
    }
    fields.real("frames_per_second", frames_per_second, within(0.01, 1000.0), "of the clips");
    if (fields.present("held_out", held_out > 0))
      fields.real("held_out", held_out, within_below(0.0, 1.0), "share of the clips that are not learnt");
    if (fields.present("mirror", mirror)) fields.flag("mirror", mirror, "also mirrored clips");
    if (fields.present("minutes", minutes > 0))
      fields.real("minutes", minutes, at_least(0.0), "of the run; steps are then bounds");
    fields.part("image_tokenizer", image_tokenizer);
    fields.part("decoder", decoder);
  }
  /// Throws value_error naming the first relation that does not hold.
  void check() const {
    image_tokenizer.sizes.check();
    decoder.check();
  }
};

/// Whether a training configuration is one of icetk's pictures ("hvq_vae").
/// @throws flashvideo::format_error for a kind of image tokenizer that there is not
inline bool has_icetk_pictures(const flashvideo::Json& json, const std::string& path) {
  const flashvideo::Json* at = &json;
  for (const char* name : {"image_tokenizer", "sizes", "kind"}) {
    at = at->is_object() ? at->find(name) : nullptr;
    if (at == nullptr) return false;  // the reader says what is missing
  }
  if (!at->is_string()) return false;
  try {
    flashvideo::check_choice("image_tokenizer.sizes.kind", at->as_string(), {"vq_vae", "hvq_vae"});
  } catch (const flashvideo::value_error& wrong) {
    throw flashvideo::format_error(path + ": " + wrong.what());
  }
  return at->as_string() == "hvq_vae";
}

/// @param path where the JSON is from, for messages
/// @throws flashvideo::format_error naming what is missing, unknown or wrong
template <typename Sizes>
TrainingConfiguration<Sizes> training_configuration(const flashvideo::Json& json, const std::string& path) {
  using namespace flashvideo;
  try {
    auto configuration = from_json<TrainingConfiguration<Sizes>>(json);
    configuration.check();
    return configuration;
  } catch (const value_error& wrong) {
    throw format_error(path + ": " + wrong.what());
  }
}

}  // namespace example
