// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// The systems that write token after token: the transformer's four forms, and ours in its recurrent form.

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "baselines/figure6/setting.hpp"
#include "baselines/windowed_transformer.hpp"
#include "flashvideo/generation/sampler.hpp"

namespace flashvideo::baselines::figure6 {

using Ours = Decoder<FlashVideoPolicy, Cpu>;

/// Ours, as the transformer's forms are.
class Recurrent {
 public:
  static constexpr const char* name = "ours, recurrent";

  Recurrent(const Cpu& cpu, const Ours& decoder, PackedView values, index_t batch)
      : cpu_(cpu), decoder_(&decoder), values_(values), workspace_(cpu) {
    for (index_t b = 0; b < batch; ++b) states_.push_back(decoder.initial_state(cpu));
  }
  void absorb(std::span<const token_t> tokens, MatrixView<float> logits) {
    const std::size_t count = tokens.size() / states_.size();
    std::vector<Ours::LaneSpan> lanes;
    for (std::size_t b = 0; b < states_.size(); ++b) {
      lanes.push_back({&states_[b], tokens.subspan(b * count, count), 1});
    }
    decoder_->absorb(cpu_, values_, lanes, logits, workspace_);
  }
  index_t position() const { return states_.front().position(); }
  index_t batch() const { return static_cast<index_t>(states_.size()); }
  void assume(index_t position) {
    for (auto& state : states_) {
      for (auto& layer : state.layers()) layer.position = position;
    }
  }

 private:
  Cpu cpu_;
  const Ours* decoder_;
  PackedView values_;
  Workspace<Cpu> workspace_;
  std::vector<Ours::State> states_;
};

/// Draws one token after another for every sequence of a form.
template <typename Form>
class Draws {
 public:
  Draws(index_t outputs, Form& form)
      : form_(&form),
        outputs_(outputs),
        logits_(static_cast<std::size_t>(outputs * form.batch())),
        tokens_(static_cast<std::size_t>(form.batch())) {}

  /// Absorbs `count` known tokens.
  void bulk(index_t count) {
    std::vector<token_t> tokens;
    for (index_t n = 0; n < count * form_->batch(); ++n)
      tokens.push_back(static_cast<token_t>(509 * n % outputs_));
    if (count > 0) form_->absorb(tokens, view());
  }
  void step() {
    form_->absorb(tokens_, view());
    for (std::size_t b = 0; b < tokens_.size(); ++b) {
      const auto own = std::span<const float>(logits_).subspan(b * static_cast<std::size_t>(outputs_),
                                                               static_cast<std::size_t>(outputs_));
      tokens_[b] = sampler_.sample(own, {b, 0, count_});
    }
    ++count_;
  }

 private:
  MatrixView<float> view() { return {logits_.data(), {form_->batch(), outputs_}}; }
  Form* form_;
  index_t outputs_;
  std::vector<float> logits_;
  std::vector<token_t> tokens_;
  std::uint64_t count_ = 0;
  Sampler sampler_;
};

/// The cost of a step (a token of every sequence) at 64, 128, .. and at `last`: the mean of the trials, the
/// last of which is the step to that length.
template <typename Form>
CostCurve cost_of(const Setting& setting, index_t last, Form& form) {
  constexpr bool assumes = requires { form.assume(index_t{1}); };
  Draws<Form> draws(setting.transformer.head_outputs(), form);
  CostCurve curve;
  for (index_t at = std::min<index_t>(64, last);; at = std::min(2 * at, last)) {
    const index_t before = at - setting.trials;
    if constexpr (assumes) {
      if (form.batch() * (before - 1) > setting.prefill) {
        form.assume(before - 1);
      } else {
        draws.bulk(before - 1 - form.position());
      }
      draws.step();  // not timed: memory that it is the first to touch
    } else {
      draws.bulk(before - form.position());
    }
    curve.add(static_cast<double>(at), mean_seconds(setting.trials, [&] { draws.step(); }));
    if (at == last) return curve;
  }
}

inline System system_of(const char* name, const CostCurve& cost) {
  return {name, [=](double n) { return cost.total(n); }, [=](double n) { return cost.extrapolated(n); }};
}

inline constexpr index_t window = 1024, slice = 256;

/// The window fills as a preallocated cache does; then every slice costs one slide and its tokens.
inline System windowed(const Setting& setting, const Cpu& cpu, const Transformer<Cpu>& decoder,
                       PackedView values, index_t batch) {
  CostCurve filling;
  {
    PreallocatedCache<Cpu> form(cpu, decoder, values, window, batch);
    filling = cost_of(setting, window, form);
  }
  Windowed<Cpu> form(cpu, decoder, values, window, slice, batch);
  Draws draws(setting.transformer.head_outputs(), form);
  draws.bulk(window);
  double slides = 0;
  for (int trial = 0; trial < setting.trials; ++trial) {
    slides += seconds_of([&] { draws.step(); }) / setting.trials;
    if (trial + 1 < setting.trials) draws.bulk(slice - 1);
  }
  constexpr double full = static_cast<double>(window), kept = static_cast<double>(window - slice);
  const double cost_of_slice = slides + filling.total(full) - filling.total(kept + 1);
  return {Windowed<Cpu>::name,
          [=](double n) {
            return filling.total(std::min(n, full)) +
                   std::max(0.0, n - full) / static_cast<double>(slice) * cost_of_slice;
          },
          [](double) { return false; }};
}

/// One clip, or a batch of them, at every number of pixels: `measure(tokens)` is called for each.
template <typename Measure>
void add_clips(const Setting& setting, index_t batch, Figures& figures, const Measure& measure) {
  for (const index_t side : setting.pixels) {
    const index_t tokens = Setting::tokens(side);
    const PeakMemory memory;
    const System system = measure(frames_of_clip * tokens);
    const auto length = static_cast<double>(frames_of_clip * tokens);
    figures.add_clip(system.name, batch, side,
                     system.seconds(length) / static_cast<double>(frames_of_clip * batch),
                     system.extrapolated(length), memory.mebibytes(),
                     {{"tokens of a frame", static_cast<double>(tokens)}});
  }
}

/// Adds the clips, and the systems over the length where there is no batch.
inline void add_transformers(const Setting& setting, Figures& figures, std::vector<System>& lengths) {
  std::vector<float> values;
  {
    const TimedCpu cpu(setting.threads);
    const Transformer<TimedCpu> decoder(setting.transformer);
    values = initial_values<float>(decoder.layout(), 1);
    figures.note(
        fmt::format("Every token system has {:.1f}M weights (COMMIT and MaskViT one embedding more); "
                    "peak memory is without them.",
                    static_cast<double>(decoder.layout().parameter_count()) / 1e6));
    TimedProducts::reset();
    for (const index_t batch : setting.batches) {
      const PeakMemory memory;
      NoCache<TimedCpu> form(cpu, decoder, ParameterView<const float>(values.data()), batch);
      const System system = system_of(form.name, cost_of(setting, setting.longest_pass / batch, form));
      const double peak = memory.mebibytes();
      if (batch == 1) lengths.push_back(system);
      for (const index_t side : setting.pixels) {
        const auto length = static_cast<double>(frames_of_clip * Setting::tokens(side));
        const bool beyond = system.extrapolated(length);
        figures.add_clip(system.name, batch, side,
                         system.seconds(length) / static_cast<double>(frames_of_clip * batch), beyond,
                         beyond ? -1 : peak, {{"tokens of a frame", length / frames_of_clip}});
      }
    }
    figures.add_products(NoCache<TimedCpu>::name);
  }
  const Cpu cpu(setting.threads);
  const Transformer<Cpu> decoder(setting.transformer);
  const PackedParameters<Cpu> packed(cpu, decoder.layout(), values);
  values = {};
  const auto concatenated = [&](index_t tokens, index_t batch) {
    ConcatenatedCache<Cpu> form(cpu, decoder, packed.view(), batch);
    return system_of(form.name, cost_of(setting, tokens, form));
  };
  const auto preallocated = [&](index_t tokens, index_t batch) {
    PreallocatedCache<Cpu> form(cpu, decoder, packed.view(), tokens, batch);
    return system_of(form.name, cost_of(setting, tokens, form));
  };
  for (const index_t batch : setting.batches) {
    add_clips(setting, batch, figures, [&](index_t tokens) { return concatenated(tokens, batch); });
    add_clips(setting, batch, figures, [&](index_t tokens) { return preallocated(tokens, batch); });
    add_clips(setting, batch, figures,
              [&](index_t) { return windowed(setting, cpu, decoder, packed.view(), batch); });
  }
  lengths.push_back(concatenated(setting.longest, 1));
  lengths.push_back(preallocated(setting.longest, 1));
  lengths.push_back(windowed(setting, cpu, decoder, packed.view(), 1));
}

/// Ours, token after token; as `add_transformers`.
inline void add_recurrent(const Setting& setting, const Cpu& cpu, const Ours& decoder, PackedView values,
                          Figures& figures, std::vector<System>& lengths) {
  const auto recurrent = [&](index_t tokens, index_t batch) {
    Recurrent form(cpu, decoder, values, batch);
    return system_of(Recurrent::name, cost_of(setting, tokens, form));
  };
  for (const index_t batch : setting.batches) {
    add_clips(setting, batch, figures, [&](index_t tokens) { return recurrent(tokens, batch); });
  }
  lengths.push_back(recurrent(setting.longest, 1));
}

}  // namespace flashvideo::baselines::figure6
