// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// The systems that write a clip at once, masked generation and diffusion, and the decoding of pixels.

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "baselines/bidirectional_transformer.hpp"
#include "baselines/diffusion.hpp"
#include "baselines/figure6/setting.hpp"
#include "baselines/masked_generation.hpp"
#include "baselines/video_unet.hpp"
#include "flashvideo/tokenizer/image/vq_vae_tokenizer.hpp"

namespace flashvideo::baselines::figure6 {

/// The mean over the passes of the share of places that are unknown.
inline double mean_unknown_share(index_t steps, index_t places) {
  double sum = 1;
  for (index_t t = 1; t < steps; ++t) {
    sum += mask_ratio(MaskSchedule::cosine, static_cast<double>(t) / static_cast<double>(steps), places);
  }
  return sum / static_cast<double>(steps);
}

/// Seconds of `batch` clips. One pass is timed, with logits and draws for as many places as the passes of the
/// schedule have in the mean; all passes cost as much.
class MaskedClips {
 public:
  explicit MaskedClips(const Setting& setting) : setting_(&setting), cpu_(setting.threads) {
    values_ = initial_values<float>(
        BidirectionalTransformer<TimedCpu>(setting.transformer, {whole_sequence(1)}).layout(), 1);
  }
  double seconds(std::vector<Windows> windows, index_t steps, index_t batch) const {
    const BidirectionalTransformer<TimedCpu> model(setting_->transformer, std::move(windows));
    const double share = mean_unknown_share(steps, model.length());
    std::vector<MaskedPlace> places(static_cast<std::size_t>(batch * model.length()));
    for (std::size_t n = 0; n < places.size(); ++n) {
      const double before = std::floor(share * static_cast<double>(n));
      const bool unknown = std::floor(share * static_cast<double>(n + 1)) > before;
      if (!unknown) places[n].known = static_cast<token_t>(n % 7);
    }
    Workspace<TimedCpu> workspace(cpu_);
    MaskedOptions options;
    options.steps = 1;
    const auto pass = [&] {
      generate_masked(Cpu(cpu_.pool().size()), places, model.mask(), setting_->transformer.head_outputs(),
                      options, [&](auto tokens, auto rows, MatrixView<float> logits) {
                        model.logits(cpu_, ParameterView<const float>(values_.data()), tokens, rows, logits,
                                     workspace);
                      });
    };
    if (batch * model.length() <= 1024) pass();  // not timed: memory that it is the first to touch
    return mean_seconds(setting_->trials, pass) * static_cast<double>(steps);
  }

 private:
  const Setting* setting_;
  TimedCpu cpu_;
  std::vector<float> values_;
};

/// One system of masked generation: clips at every number of pixels and batch, sequences over the length.
/// @param windows_of (frames, side in tokens of a frame) -> windows of the layers
template <typename WindowsOf>
void add_masked_system(const Setting& setting, const std::string& name, index_t steps, index_t per_token,
                       const MaskedClips& clips, const WindowsOf& windows_of, Figures& figures,
                       std::vector<System>& lengths) {
  TimedProducts::reset();
  CostCurve whole;  // one sequence, by the tokens of the others
  for (index_t tokens = 256; tokens < 1024; tokens *= 2) {
    whole.add(static_cast<double>(tokens), clips.seconds(windows_of(tokens / tokens_of_frame, 8), steps, 1));
  }
  for (const index_t side : setting.pixels) {
    const index_t tokens = frames_of_clip * Setting::tokens(side);
    double alone = 0;
    for (const index_t batch : setting.batches) {
      const PeakMemory memory;
      // a pass of a batch is all products: it takes as long as its clips one after another
      const bool timed = batch == 1 || batch * tokens * per_token <= setting.largest_masked;
      const double seconds = timed ? clips.seconds(windows_of(frames_of_clip, side / 8), steps, batch)
                                   : static_cast<double>(batch) * alone;
      if (batch == 1) alone = seconds;
      if (!timed && alone == 0) continue;
      figures.add_clip(name, batch, side, seconds / static_cast<double>(frames_of_clip * batch), !timed,
                       timed ? memory.mebibytes() : -1,
                       {{"tokens of a frame", static_cast<double>(Setting::tokens(side) * per_token)}});
      if (batch == 1 && whole.extrapolated(static_cast<double>(tokens)) && (per_token == 1 || side == 64)) {
        whole.add(static_cast<double>(tokens), seconds);
      }
    }
  }
  lengths.push_back({name + ", one sequence", [=](double n) { return whole.of_sequence(n); },
                     [=](double n) { return whole.extrapolated(n); }});
  const double clip = static_cast<double>(frames_of_clip * tokens_of_frame);
  if (!whole.extrapolated(clip)) {
    lengths.push_back({name + ", clips of 16 frames", [=](double n) { return n / clip * whole.at(clip); },
                       [](double) { return false; }});
  }
  figures.add_products(name);
}

inline void add_masked(const Setting& setting, Figures& figures, std::vector<System>& lengths) {
  const MaskedClips clips(setting);
  const auto whole = [](index_t frames, index_t side) {
    return std::vector<Windows>{whole_sequence(frames * side * side)};
  };
  const auto windowed = [](index_t frames, index_t side) {
    return maskvit_windows({frames, 2 * side, 2 * side});
  };
  add_masked_system(setting, "COMMIT, 12 steps", 12, 1, clips, whole, figures, lengths);
  add_masked_system(setting, "MaskViT, 18 steps", 18, 4, clips, windowed, figures, lengths);
}

/// Diffusion at 64 x 64 pixels: 5 of its 256 steps are timed, 1 of a batch.
inline void add_diffusion(const Setting& setting, Figures& figures, std::vector<System>& lengths) {
  constexpr index_t steps = 256;
  const VideoUnet<TimedCpu> network(setting.diffusion);
  const auto values = initial_values<float>(network.layout(), 1);
  const TimedCpu cpu(setting.threads);
  const VideoUnetConfiguration& sizes = network.configuration();
  figures.note(fmt::format(
      "Diffusion is a U-Net of {:.1f}M weights without a text, {} frames of {} x {} pixels and at no other "
      "size; 5 of its 256 steps are timed (1 of a batch) and multiplied.",
      static_cast<double>(network.layout().parameter_count()) / 1e6, sizes.frames, sizes.height,
      sizes.width));
  TimedProducts::reset();
  for (const index_t batch : setting.batches) {
    const PeakMemory memory;
    Workspace<TimedCpu> workspace(cpu);
    const Shape<2> shape{sizes.extent(batch).rows(), sizes.channels};
    auto clip = cpu.allocate<float>(element_count(shape));
    const auto make = [&](index_t made) {
      generate_diffusion(
          cpu, CosineNoise(steps), 1, batch, MatrixView<float>(clip.data(), shape), workspace,
          [&](index_t t, MatrixView<const float> x, MatrixView<float> noise) {
            network.predict(cpu, ParameterView<const float>(values.data()), batch, t, {}, x, noise,
                            workspace);
          },
          made);
    };
    make(1);  // not timed: memory that it is the first to touch
    const index_t made = batch == 1 ? 5 : 1;
    const double seconds = mean_seconds(setting.trials, [&] { make(made); }) * static_cast<double>(steps) /
                           static_cast<double>(made);
    const double of_frame = seconds / static_cast<double>(sizes.frames * batch);
    figures.add_clip("diffusion, 256 steps", batch, 64, of_frame, false, memory.mebibytes());
    if (batch == 1) {
      lengths.push_back({"diffusion, 256 steps, clips of 16 frames",
                         [=](double n) { return n / static_cast<double>(tokens_of_frame) * of_frame; },
                         [](double) { return false; }});
    }
  }
  figures.add_products("diffusion, 256 steps");
}

/// From tokens to pixels by the library's image decoder, which all token systems need.
inline void add_pixels(const Setting& setting, Figures& figures) {
  for (const index_t side : setting.pixels) {
    VqVaeConfiguration config;
    config.image_height = config.image_width = side;
    const VqVae<> model(config);
    const Cpu cpu(setting.threads);
    const VqVaeTokenizer<Cpu> tokenizer(cpu, model, initial_values<float>(model.layout(), 1));
    std::vector<token_t> tokens(static_cast<std::size_t>(frames_of_clip * Setting::tokens(side)));
    for (std::size_t n = 0; n < tokens.size(); ++n) {
      tokens[n] = static_cast<token_t>(509 * n % static_cast<std::size_t>(config.num_codes));
    }
    const PeakMemory memory;
    Workspace<Cpu> workspace(cpu);
    tokenizer.decode_bytes(tokens, workspace);
    const double seconds = mean_seconds(setting.trials, [&] { tokenizer.decode_bytes(tokens, workspace); });
    figures.add(fmt::format("decoding of pixels/pixels:{}", side), seconds / frames_of_clip,
                {{"peak MiB", memory.mebibytes()}});
  }
}

}  // namespace flashvideo::baselines::figure6
