// SPDX-License-Identifier: MIT
#include "baselines/masked_generation.hpp"

#include "baselines/bidirectional_transformer.hpp"
#include "support/catch.hpp"

using namespace flashvideo;
using namespace flashvideo::baselines;

namespace {

constexpr index_t codes = 11;
constexpr token_t mask = 11;

DecoderConfiguration small_sizes() {
  DecoderConfiguration c;
  c.vocabulary = codes;
  c.d_model = 24;
  c.d_value = 40;
  c.d_feed_forward = 20;
  c.num_layers = 2;
  c.num_heads = 2;
  return c;
}

/// Logits that are random numbers of the step, the place and the id.
struct ScriptedLogits {
  std::vector<std::vector<token_t>>* seen;
  void operator()(std::span<const token_t> tokens, std::span<const index_t> rows,
                  MatrixView<float> logits) const {
    seen->emplace_back(tokens.begin(), tokens.end());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const RandomAddress at{5, static_cast<std::uint32_t>(seen->size()),
                             static_cast<std::uint64_t>(rows[i])};
      for (index_t id = 0; id < codes; ++id) {
        logits(static_cast<index_t>(i), id) =
            static_cast<float>(4 * random_uniform(at, static_cast<std::uint32_t>(id)));
      }
    }
  }
};

}  // namespace

TEST_CASE("baselines: masked generation follows its schedule, keeps what is known and leaves no mask") {
  std::vector<MaskedPlace> places(203);
  for (std::size_t n = 0; n < 50; ++n) places[n].known = static_cast<token_t>(n % 7);
  for (std::size_t n = 50; n < 90; ++n) places[n].condition = static_cast<token_t>(n % 5);
  const index_t searched = 153;
  for (const MaskSchedule schedule :
       {MaskSchedule::cosine, MaskSchedule::uniform, MaskSchedule::exponential}) {
    for (const index_t steps : {1, 2, 12, 18}) {
      std::vector<std::vector<token_t>> seen;
      std::vector<index_t> masked{};
      for (index_t n = 50; n < 203; ++n) masked.push_back(n);
      std::vector<token_t> drawn(places.size(), mask);
      index_t last_step = 0;
      MaskedOptions options;
      options.steps = steps;
      options.schedule = schedule;
      const auto observe = [&](const MaskedStep& step) {
        CHECK(step.step == ++last_step);
        const auto& input = seen.back();
        for (index_t n = 0; n < 203; ++n) {
          const auto i = static_cast<std::size_t>(n);
          const bool was_masked = std::binary_search(masked.begin(), masked.end(), n);
          const token_t shown = places[i].condition == MaskedPlace::none ? mask : places[i].condition;
          REQUIRE(input[i] == (was_masked ? shown : n < 50 ? places[i].known : drawn[i]));
          if (!was_masked) REQUIRE(step.tokens[i] == input[i]);  // what is known stays
          REQUIRE(step.tokens[i] < mask);
        }
        CHECK(std::includes(masked.begin(), masked.end(), step.masked.begin(), step.masked.end()));
        const double x = static_cast<double>(step.step) / static_cast<double>(steps);
        const double ratio = schedule == MaskSchedule::cosine    ? std::cos(std::acos(-1.0) / 2 * x)
                             : schedule == MaskSchedule::uniform ? 1 - x
                                                                 : 1 - std::exp2(-std::log2(153.0) * (1 - x));
        const auto expected = step.step == steps
                                  ? index_t{0}
                                  : std::clamp(static_cast<index_t>(std::floor(searched * ratio)), index_t{1},
                                               std::max(index_t{1}, static_cast<index_t>(masked.size()) - 1));
        CHECK(std::abs(static_cast<index_t>(step.masked.size()) - expected) <= (x == 0.5 ? 1 : 0));
        drawn.assign(step.tokens.begin(), step.tokens.end());
        masked.assign(step.masked.begin(), step.masked.end());
      };
      const auto clip = generate_masked(Cpu(2), places, mask, codes, options, ScriptedLogits{&seen}, observe);
      CHECK(static_cast<index_t>(seen.size()) == steps);
      CHECK(masked.empty());
      CHECK(clip == drawn);
      std::vector<std::vector<token_t>> again;
      CHECK(generate_masked(Cpu(1), places, mask, codes, options, ScriptedLogits{&again}) == clip);
    }
  }
}

TEST_CASE("baselines: masked generation masks the least sure tokens again") {
  // place n gives its best id the logit n, the others 0: without noise the low places are less sure
  const std::vector<MaskedPlace> places(20);
  MaskedOptions options;
  options.steps = 4;
  options.temperature = 0;
  options.sampling.temperature = 0;
  std::vector<index_t> counts;
  generate_masked(
      Cpu(1), places, mask, codes, options,
      [](auto, std::span<const index_t> rows, MatrixView<float> logits) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
          for (index_t id = 0; id < codes; ++id) logits(static_cast<index_t>(i), id) = 0;
          logits(static_cast<index_t>(i), rows[i] % codes) = static_cast<float>(rows[i] + 1);
        }
      },
      [&](const MaskedStep& step) {
        counts.push_back(static_cast<index_t>(step.masked.size()));
        for (std::size_t i = 0; i < step.masked.size(); ++i) {
          CHECK(step.masked[i] == static_cast<index_t>(i));
        }
      });
  CHECK(counts == std::vector<index_t>{18, 14, 7, 0});  // floor(20 cos(pi t / 8))
  options.steps = 0;
  std::vector<std::vector<token_t>> seen;
  CHECK_THROWS_AS(generate_masked(Cpu(1), places, mask, codes, options, ScriptedLogits{&seen}), value_error);
}

TEST_CASE("baselines: the bidirectional transformer generates a clip, the same one again") {
  for (const bool windowed : {false, true}) {
    const auto windows = windowed ? maskvit_windows({4, 8, 8}) : std::vector<Windows>{whole_sequence(256)};
    const BidirectionalTransformer<Cpu> model(small_sizes(), windows);
    const auto values = initial_values<float>(model.layout(), 3);
    std::vector<MaskedPlace> places(256);
    for (std::size_t n = 0; n < 64; ++n) places[n].known = static_cast<token_t>(n % codes);
    MaskedOptions options;
    options.steps = windowed ? 18 : 12;
    const auto generate = [&] {
      const Cpu cpu(2);
      Workspace<Cpu> workspace(cpu);
      return generate_masked(
          cpu, places, model.mask(), codes, options, [&](auto tokens, auto rows, MatrixView<float> logits) {
            model.logits(cpu, ParameterView<const float>(values.data()), tokens, rows, logits, workspace);
          });
    };
    const auto clip = generate();
    for (std::size_t n = 0; n < 256; ++n) {
      CHECK((clip[n] >= 0 && clip[n] < codes));
      if (n < 64) CHECK(clip[n] == places[n].known);
    }
    CHECK(generate() == clip);
  }
}
