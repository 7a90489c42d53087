// SPDX-License-Identifier: MIT
// figure6 [SIZE [LONGEST [PREFILL [THREADS [TRIALS]]]]]
//
// Seconds per frame against length for the systems of [FlashVideo] Figure 6, from token passes of the network
// alone (no pixels), random weights, float32, batch 1. SIZE is `matched` (97.5M parameters) or `tiny` (a try
// of the program); lengths are 256, 512, .. LONGEST tokens (default 4096) at 64 tokens a frame.
//   - A token of an autoregressive system is timed at positions 64, 128, .. LONGEST: absorbed, all logits
//     computed, the next one drawn; a law of powers between the positions is integrated. Positions up to
//     PREFILL (default 1024) are reached by absorbing tokens, later ones with zeros in the cache.
//   - No cache is timed up to position 4096. Masked generation is timed up to 1024 tokens (MaskViT's 4096) a
//     sequence, 3 passes on its schedule for all of them: the head, a fourteenth of a pass, counts for a
//     fifth more than its share. Values behind the timed ones are extrapolated and marked by `*`.
//   - The window is 1,024 tokens and slides by 256. MaskViT has four times the tokens for the same frames.
// Times are medians of TRIALS (default 3). They mean nothing on a machine that does other work.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "baselines/bidirectional_transformer.hpp"
#include "baselines/cost_curve.hpp"
#include "baselines/masked_generation.hpp"
#include "baselines/windowed_transformer.hpp"

namespace {

using namespace flashvideo;
using namespace flashvideo::baselines;

constexpr index_t tokens_per_frame = 64;
constexpr index_t window = 1024, slice = 256;
constexpr index_t longest_without_cache = 4096, longest_masked = 1024, timed_passes = 3;

struct Setting {
  DecoderConfiguration transformer;
  DecoderConfiguration ours;
  index_t longest = 4096;
  index_t prefill = 1024;
  int threads = 2;
  int trials = 3;
};

// Equal numbers of weights: our gate's and wider values' against the transformer's wider feed-forward.
Setting setting_of(const std::string& size) {
  require<value_error>(size == "matched" || size == "tiny", "size is {}, expected matched or tiny", size);
  Setting setting;
  const index_t unit = size == "matched" ? 256 : 16;
  DecoderConfiguration& t = setting.transformer;
  t.vocabulary = 32 * unit;
  t.d_model = t.d_value = 3 * unit;
  t.d_feed_forward = 8 * unit;
  t.num_layers = size == "matched" ? 12 : 2;
  t.num_heads = size == "matched" ? 12 : 2;
  t.longest_sequence = 65536;
  setting.ours = t;
  setting.ours.d_value = setting.ours.d_feed_forward = 5 * unit;
  setting.ours.num_heads = size == "matched" ? 4 : 2;
  return setting;
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}
double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}
double median_seconds(int trials, const std::function<void()>& work) {
  std::vector<double> seconds;
  for (int trial = 0; trial < trials; ++trial) seconds.push_back(seconds_of(work));
  return median(std::move(seconds));
}

// One system: seconds for all tokens of `length`, and from where on they are extrapolated.
struct System {
  std::string name;
  std::function<double(double)> seconds;
  std::function<bool(double)> extrapolated;
};
System system_of(const char* name, const CostCurve& cost_of_token) {
  return {name, [=](double n) { return cost_of_token.total(n); },
          [=](double n) { return cost_of_token.extrapolated(n); }};
}

// Draws one token after another and knows what comes next.
template <typename Absorb>
class Draws {
 public:
  Draws(index_t outputs, Absorb absorb)
      : absorb_(std::move(absorb)), logits_(static_cast<std::size_t>(outputs)) {}
  void bulk(index_t count) {
    std::vector<token_t> tokens;
    for (index_t n = 0; n < count; ++n) tokens.push_back(static_cast<token_t>(509 * n % width()));
    if (count > 0) absorb_(tokens, view());
  }
  void step() {
    absorb_(std::span<const token_t>(&token_, 1), view());
    token_ = sampler_.sample(logits_, {1, 0, count_++});
  }

 private:
  index_t width() const { return static_cast<index_t>(logits_.size()); }
  MatrixView<float> view() { return {logits_.data(), {1, width()}}; }
  Absorb absorb_;
  std::vector<float> logits_;
  token_t token_ = 0;
  std::uint64_t count_ = 0;
  Sampler sampler_;
};

// The cost of a token at 64, 128, .. last. move_to(position) stands for absorbing zeros.
template <typename Absorb>
CostCurve cost_of_token(const Setting& setting, index_t last, Absorb absorb,
                        const std::function<index_t()>& position,
                        const std::function<void(index_t)>& move_to) {
  Draws<Absorb> draws(setting.transformer.head_outputs(), std::move(absorb));
  CostCurve curve;
  for (index_t at = 64; at <= last; at *= 2) {
    const index_t before = at - setting.trials;  // the last timed token is the at-th
    if (before > setting.prefill && move_to) {
      move_to(before);
    } else {
      draws.bulk(before - position());
    }
    curve.add(static_cast<double>(at), median_seconds(setting.trials, [&] { draws.step(); }));
  }
  return curve;
}

template <typename Form>
CostCurve cost_of(const Setting& setting, index_t last, Form form) {
  std::function<void(index_t)> move_to;
  if constexpr (requires { form.assume(index_t{1}); }) move_to = [&](index_t to) { form.assume(to); };
  return cost_of_token(
      setting, last,
      [&](std::span<const token_t> tokens, MatrixView<float> logits) { form.absorb(tokens, logits); },
      [&] { return form.position(); }, move_to);
}

void add_transformers(const Setting& setting, const Cpu& cpu, std::vector<System>& systems) {
  const Transformer<Cpu> decoder(setting.transformer);
  const auto values = initial_values<float>(decoder.layout(), 1);
  const PackedParameters<Cpu> packed(cpu, decoder.layout(), values);
  std::fprintf(stderr, "transformer: %.1fM parameters\n", static_cast<double>(decoder.layout().size()) / 1e6);
  systems.push_back(system_of(
      NoCache<Cpu>::name, cost_of(setting, std::min(setting.longest, longest_without_cache),
                                  NoCache<Cpu>(cpu, decoder, ParameterView<const float>(values.data())))));
  systems.push_back(
      system_of(ConcatenatedCache<Cpu>::name,
                cost_of(setting, setting.longest, ConcatenatedCache<Cpu>(cpu, decoder, packed.view()))));
  systems.push_back(system_of(PreallocatedCache<Cpu>::name,
                              cost_of(setting, setting.longest,
                                      PreallocatedCache<Cpu>(cpu, decoder, packed.view(), setting.longest))));

  // the window fills as a preallocated cache; then every slice costs one slide and its tokens
  const CostCurve filling =
      cost_of(setting, window, PreallocatedCache<Cpu>(cpu, decoder, packed.view(), window));
  Windowed<Cpu> form(cpu, decoder, packed.view(), window, slice);
  Draws draws(
      setting.transformer.head_outputs(),
      [&](std::span<const token_t> tokens, MatrixView<float> logits) { form.absorb(tokens, logits); });
  draws.bulk(window);
  std::vector<double> slides;
  for (int trial = 0; trial < setting.trials; ++trial) {
    slides.push_back(seconds_of([&] { draws.step(); }));
    draws.bulk(slice - 1);
  }
  const double kept = static_cast<double>(window - slice);
  const double cost_of_slice =
      median(std::move(slides)) + filling.total(static_cast<double>(window)) - filling.total(kept + 1);
  systems.push_back({Windowed<Cpu>::name,
                     [=](double n) {
                       const double full = static_cast<double>(window);
                       return filling.total(std::min(n, full)) +
                              std::max(0.0, n - full) / static_cast<double>(slice) * cost_of_slice;
                     },
                     [](double) { return false; }});
}

// Seconds of a sequence of `grid`, from fewer passes on the same schedule.
double masked_seconds(const Setting& setting, const Cpu& cpu, std::vector<Windows> windows, index_t steps) {
  const BidirectionalTransformer<Cpu> model(setting.transformer, std::move(windows));
  const auto values = initial_values<float>(model.layout(), 1);
  Workspace<Cpu> workspace(cpu);
  MaskedOptions options;
  options.steps = timed_passes;
  const std::vector<MaskedPlace> places(static_cast<std::size_t>(model.length()));
  const double seconds = median_seconds(setting.trials, [&] {
    generate_masked(cpu, places, model.mask(), setting.transformer.head_outputs(), options,
                    [&](auto tokens, auto rows, MatrixView<float> logits) {
                      model.logits(cpu, ParameterView<const float>(values.data()), tokens, rows, logits,
                                   workspace);
                    });
  });
  return seconds * static_cast<double>(steps) / static_cast<double>(timed_passes);
}

void add_masked(const Setting& setting, const Cpu& cpu, std::vector<System>& systems) {
  CostCurve commit, maskvit;
  for (index_t n = 256; n <= longest_masked; n *= 2) {
    const auto length = static_cast<double>(n);
    commit.add(length, masked_seconds(setting, cpu, {whole_sequence(n)}, 12));
    maskvit.add(length, masked_seconds(setting, cpu, maskvit_windows({4 * n / 256, 16, 16}), 18));
  }
  const auto whole = [&](const char* name, const CostCurve& curve) {
    systems.push_back(
        {name, [=](double n) { return curve.at(n); }, [=](double n) { return curve.extrapolated(n); }});
  };
  whole("COMMIT, 12 steps, one sequence", commit);
  const auto clip = static_cast<double>(longest_masked);
  systems.push_back({"COMMIT, 12 steps, clips of 1024 tokens",
                     [=](double n) { return std::ceil(n / clip) * commit.at(clip); },
                     [](double) { return false; }});
  whole("MaskViT, 18 steps, 4x tokens", maskvit);
}

void add_ours(const Setting& setting, const Cpu& cpu, std::vector<System>& systems) {
  using Ours = Decoder<FlashVideoPolicy, Cpu>;
  const Ours decoder(setting.ours);
  const PackedParameters<Cpu> values(cpu, decoder.layout(), initial_values<float>(decoder.layout(), 1));
  std::fprintf(stderr, "ours: %.1fM parameters\n", static_cast<double>(decoder.layout().size()) / 1e6);
  Workspace<Cpu> workspace(cpu);
  auto state = decoder.initial_state(cpu);
  const auto absorb = [&](std::span<const token_t> tokens, MatrixView<float> logits) {
    const Ours::LaneSpan lane{&state, tokens, 1};
    decoder.absorb(cpu, values.view(), std::span(&lane, 1), logits, workspace);
  };
  const CostCurve curve = cost_of_token(
      setting, setting.longest, absorb, [&] { return state.position(); },
      [&](index_t to) {
        for (auto& layer : state.layers()) layer.position = to;
      });
  systems.push_back(system_of("ours, recurrent", curve));
}

void print(const Setting& setting, const std::vector<System>& systems) {
  std::printf("%-40s", "seconds per frame at tokens:");
  for (index_t n = 256; n <= setting.longest; n *= 2) std::printf(" %10ld", static_cast<long>(n));
  std::printf("   exponent\n");
  for (const System& system : systems) {
    std::printf("%-40s", system.name.c_str());
    for (index_t n = 256; n <= setting.longest; n *= 2) {
      const auto length = static_cast<double>(n);
      const double frames = length / static_cast<double>(tokens_per_frame);
      std::printf(" %9.4g%c", system.seconds(length) / frames, system.extrapolated(length) ? '*' : ' ');
    }
    const auto end = static_cast<double>(setting.longest);
    std::printf("   %8.2f\n", std::log2(system.seconds(end) / system.seconds(end / 2)));
  }
  std::printf("*: extrapolated. exponent: of the whole time, from the last two lengths.\n");
}

index_t number(int argc, char** argv, int at, index_t otherwise, index_t least) {
  const index_t value = argc > at ? std::atol(argv[at]) : otherwise;
  require<value_error>(value >= least, "argument {} is {}, expected >= {}", at, value, least);
  return value;
}

}  // namespace

int main(int argc, char** argv) try {
  Setting setting = setting_of(argc > 1 ? argv[1] : "matched");
  setting.longest = number(argc, argv, 2, setting.longest, 512);
  setting.prefill = number(argc, argv, 3, setting.prefill, 1);
  setting.threads = static_cast<int>(number(argc, argv, 4, setting.threads, 1));
  setting.trials = static_cast<int>(std::min<index_t>(number(argc, argv, 5, setting.trials, 1), 63));
  const Cpu cpu(setting.threads);
  std::vector<System> systems;
  add_transformers(setting, cpu, systems);
  add_masked(setting, cpu, systems);
  add_ours(setting, cpu, systems);
  print(setting, systems);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "figure6: %s\n", error.what());
  return 1;
}
