// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "training_configuration.hpp"

namespace example {

/// What matters of a video for the choice of sizes.
struct VideoFacts {
  index_t height = 64;
  index_t width = 64;
  index_t frames = 17;
  double frames_per_second = 8;  ///< 0: unknown

  /// Frames after resampling (`resampled_frames` of an even rate).
  index_t frames_at(double rate) const {
    if (frames_per_second <= 0) return frames;
    return static_cast<index_t>((static_cast<double>(frames) - 0.5) / frames_per_second * rate) + 1;
  }
};

/// What is known of a run's clips before any work.
struct ClipFacts {
  std::vector<VideoFacts> seen;  ///< of some videos, at least one
  index_t videos = 0;            ///< of all
  index_t words = 0;             ///< different ones of all captions
  index_t longest_caption = 0;   ///< in words
};

/// What the command line says of the choice; 0: follows from the clips.
struct WantedSizes {
  std::string preset;  ///< small, medium; empty: by the time
  double minutes = 60;
  index_t height = 0;
  index_t width = 0;
  double frames_per_second = 0;
};

namespace detail {

template <typename Number>
Number median(std::vector<Number> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <typename Value>
auto median_of(const std::vector<VideoFacts>& seen, Value VideoFacts::*member) {
  std::vector<Value> values;
  for (const VideoFacts& video : seen) values.push_back(video.*member);
  return median(std::move(values));
}

/// Whether seven of eight videos have as many frames at this rate.
inline bool most_reach(const std::vector<VideoFacts>& seen, double rate, index_t frames) {
  const auto reach = std::count_if(seen.begin(), seen.end(),
                                   [&](const VideoFacts& v) { return v.frames_at(rate) >= frames; });
  return 8 * reach >= 7 * static_cast<std::ptrdiff_t>(seen.size());
}

}  // namespace detail

/// Sizes and learning for these clips and this time.
/// - Picture: the clips' median extents, made smaller to at most 64 x 64 (small) or 96 x 96 (medium) pixels' area, sides
///   multiples of 8.
/// - Rate: 8 frames/s or the clips' own lower one; a higher one where seven of eight videos are otherwise shorter than
///   17 frames. Where they are even at their own rate, the model's length is 13, 9 or 5 frames.
/// - Codes, widths and layers by the preset (without one: medium from 240 minutes on), fewer below 15 minutes.
/// - Steps are bounds; the time ends them before. An eighth of the clips is held out where there are at least 8.
/// @throws value_error without clips
inline TrainingConfiguration<> choose_configuration(const ClipFacts& facts, const WantedSizes& wanted) {
  using namespace flashvideo;
  require<value_error>(!facts.seen.empty(), "choose_configuration: no video to choose sizes from");
  const bool medium = wanted.preset.empty() ? wanted.minutes >= 240 : wanted.preset == "medium";
  const bool brief = wanted.preset.empty() && wanted.minutes < 15;
  TrainingConfiguration<> result;
  DecoderTraining& decoder = result.decoder;
  auto& pictures = result.image_tokenizer;

  const auto height = static_cast<double>(detail::median_of(facts.seen, &VideoFacts::height));
  const auto width = static_cast<double>(detail::median_of(facts.seen, &VideoFacts::width));
  const double side = medium ? 96 : 64;
  const double scale = (std::min)(1.0, side / std::sqrt(height * width));
  const auto multiple = [&](double extent) {
    return std::max<index_t>(2, static_cast<index_t>(std::lround(extent * scale / 8))) * 8;
  };
  pictures.sizes.image_height = wanted.height > 0 ? wanted.height : multiple(height);
  pictures.sizes.image_width = wanted.width > 0 ? wanted.width : multiple(width);
  const index_t pixels = pictures.sizes.image_height * pictures.sizes.image_width;

  const double own_rate = detail::median_of(facts.seen, &VideoFacts::frames_per_second);
  double rate = own_rate > 0 ? (std::min)(own_rate, 8.0) : 8;
  if (!detail::most_reach(facts.seen, rate, 17)) rate = (std::max)(rate, own_rate);
  if (const double half = own_rate / 2; half > 8 && rate > half && detail::most_reach(facts.seen, half, 17))
    rate = half;
  if (wanted.frames_per_second > 0) rate = wanted.frames_per_second;
  result.frames_per_second = std::clamp(rate, 0.01, 1000.0);
  decoder.key_frames = 5;
  while (decoder.key_frames > 2 && !detail::most_reach(facts.seen, rate, (decoder.key_frames - 1) * 4 + 1))
    --decoder.key_frames;
  decoder.carried = (std::min)(decoder.carried, decoder.key_frames - 1);

  const index_t length = decoder.clip_frames();
  double clips = 0;
  for (const VideoFacts& video : facts.seen) clips += static_cast<double>(video.frames_at(rate) / length);
  clips *= static_cast<double>(facts.videos) / static_cast<double>(facts.seen.size());
  const double room = 500 * wanted.minutes * 4096 / static_cast<double>(pixels);  // a tenth of the time
  result.clips = static_cast<index_t>(std::clamp(room, 16.0, 50000.0));
  result.pictured_clips =
      (std::min)(result.clips, std::max<index_t>(16, 1'000'000'000 / (3 * pixels * length)));
  if (clips >= 8) result.held_out = 0.125;
  result.minutes = wanted.minutes;

  pictures.sizes.num_codes = medium ? 2048 : (clips * static_cast<double>(length) < 20000 ? 512 : 1024);
  pictures.steps = 20000;
  pictures.batch = 32;
  pictures.warm_up_steps = 20;
  pictures.beta2 = 0.99;
  decoder.steps = 100000;
  decoder.batch = 8;
  decoder.learning_rate = medium ? 2e-3 : 3e-3;
  decoder.warm_up_steps = 20;
  decoder.weight_decay = 0.01;
  decoder.muon.prefix = "layers.";
  decoder.muon.momentum = 0.95;
  decoder.muon.rate_factor = 2;
  decoder.muon.weight_decay = 0.01;
  decoder.position = "frame_harmonics";
  decoder.codebook_start = 0.1;
  decoder.text_length = std::clamp<index_t>(facts.longest_caption, 1, 32);
  decoder.text_dropout = 0.1;
  decoder.gaps = {{3, 1}, {3, 1}, {3, 1}, {1, 1}, {1, 2}};
  DecoderConfiguration& sizes = decoder.sizes;
  sizes.d_model = medium ? 320 : brief ? 128 : 192;
  sizes.d_value = 2 * sizes.d_model;
  sizes.d_feed_forward = medium ? 896 : brief ? 384 : 512;
  sizes.num_layers = medium ? 8 : brief ? 4 : 5;
  sizes.num_heads = sizes.d_model / 64;
  const index_t tokens = decoder.text_length + 1 + pictures.sizes.tokens_per_image();
  sizes.longest_sequence = ((std::max)(decoder.key_frames, index_t{5}) * tokens + 127) / 128 * 128;
  return result;
}

/// The choice in a few lines for people.
inline std::string choice_text(const ClipFacts& facts, const TrainingConfiguration<>& chosen) {
  const VideoFacts typical = {detail::median_of(facts.seen, &VideoFacts::height),
                              detail::median_of(facts.seen, &VideoFacts::width),
                              detail::median_of(facts.seen, &VideoFacts::frames),
                              detail::median_of(facts.seen, &VideoFacts::frames_per_second)};
  const auto& sizes = chosen.decoder.sizes;
  return fmt::format(
      "found: {} video{}, typically {} x {} pixels, {} frames at {:.4g} frames/s; captions of {} different "
      "words, the "
      "longest has {}\n"
      "chosen: pictures of {} x {} pixels (the middle with that aspect, resized: resize_to_fill), {} frames "
      "at {:.4g} "
      "frames/s, {} codes\n"
      "chosen: decoder of {} layers, width {}; {}{}\n",
      facts.videos, facts.videos == 1 ? "" : "s", typical.width, typical.height, typical.frames,
      typical.frames_per_second, facts.words, facts.longest_caption, chosen.image_tokenizer.sizes.image_width,
      chosen.image_tokenizer.sizes.image_height, chosen.decoder.clip_frames(), chosen.frames_per_second,
      chosen.image_tokenizer.sizes.num_codes, sizes.num_layers, sizes.d_model,
      chosen.minutes > 0 ? fmt::format("{:.4g} minutes in all", chosen.minutes)
                         : fmt::format("{} and {} steps", chosen.image_tokenizer.steps, chosen.decoder.steps),
      chosen.held_out > 0 ? "; an eighth of the clips is held out" : "");
}

}  // namespace example
