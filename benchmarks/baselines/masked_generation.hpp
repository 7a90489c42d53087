// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/cpu/strands.hpp"
#include "flashvideo/generation/sampler.hpp"

namespace flashvideo::baselines {

/// The share of tokens that stay masked after a share x of the steps; 1 at x = 0, 0 at x = 1.
enum class MaskSchedule { cosine, uniform, exponential };

/// cos(pi x / 2); 1 - x; 1 - 2^(-log2(N) (1 - x)), N tokens to be found. Source: MAGVIT, arXiv:2212.05199,
/// and its code's mask_schedule.py.
inline double mask_ratio(MaskSchedule schedule, double x, index_t tokens) {
  switch (schedule) {
    case MaskSchedule::cosine:
      return std::cos(1.5707963267948966 * x);
    case MaskSchedule::uniform:
      return 1 - x;
    case MaskSchedule::exponential:
      break;
  }
  return 1 - std::pow(static_cast<double>(tokens), x - 1);
}

/// How a clip is found. Defaults are MAGVIT's; MaskViT takes 18 steps.
struct MaskedOptions {
  index_t steps = 12;  ///< K, passes of the network
  MaskSchedule schedule = MaskSchedule::cosine;
  double temperature = 4.5;  ///< T of the noise on the confidence; falls to 0 with the steps
  SamplingOptions sampling{.top_k = 0};
  std::uint64_t seed = 0;

  /// @throws value_error naming the option out of range
  void check() const {
    require<value_error>(steps >= 1, "MaskedOptions: steps is {}, expected >= 1", steps);
    require<value_error>(temperature >= 0, "MaskedOptions: temperature is {}, expected >= 0", temperature);
    sampling.check();
  }
};

/// What a place of the sequence starts with.
struct MaskedPlace {
  static constexpr token_t none = -1;
  token_t known = none;      ///< a token that is there from the start and stays
  token_t condition = none;  ///< an unknown place shows this token to the network instead of [MASK]
};

/// What is there after a step.
struct MaskedStep {
  index_t step = 0;                 ///< 1 .. K
  std::span<const token_t> tokens;  ///< all places, as the network saw them, with this step's draws
  std::span<const index_t> masked;  ///< the places that are masked again, ascending
};

namespace detail {

/// log sum_id exp(logit_id) of one row.
struct LogSumRow {
  MatrixView<const float> logits;
  float* log_sums;

  void operator()(index_t r) const {
    const float* row = logits.row(r);
    float largest = row[0];
    for (index_t i = 1; i < logits.width(); ++i) largest = row[i] > largest ? row[i] : largest;
    const float total = canonical_dot<float>(
        logits.width(), [row, largest](index_t i) { return math::exp(row[i] - largest); },
        [](index_t) { return 1.0F; });
    log_sums[r] = largest + static_cast<float>(math::log(static_cast<double>(total)));
  }
};

}  // namespace detail

/// Masked generation, MAGVIT's COMMIT decoding: all unknown places are drawn in each of K passes, and the
/// least sure ones are masked again.
///
///     step t = 1..K, x = t / K:   token_n ~ softmax(logits_n) for every unknown n
///     score_n = log p(token_n) + T (1 - x) gumbel_n;   known places score infinity
///     floor(N r(x)) places of the lowest scores, clipped to [1, unknown - 1], are unknown again
///
/// N is the number of places unknown at the start. A place unknown again shows its condition token where it
/// has one, else [MASK]. What the last step draws stays. Source: MAGVIT, arXiv:2212.05199, and its code's
/// parallel_decode.py. The result is a function of the logits, the options and the places.
/// @param cpu draws the tokens, rows side by side
/// @param logits_of called as logits_of(tokens, rows, logits): logits (rows, outputs) of the unknown rows, in
/// host memory
/// @param observe called after each step, may be empty
/// @throws value_error when an option is out of range or there are no outputs
/// @code
/// auto clip = generate_masked(cpu, places, model.mask(), outputs, {.steps = 12}, logits_of);
/// @endcode
template <typename LogitsOf>
std::vector<token_t> generate_masked(const Cpu& cpu, std::span<const MaskedPlace> places, token_t mask,
                                     index_t outputs, const MaskedOptions& options, const LogitsOf& logits_of,
                                     const std::function<void(const MaskedStep&)>& observe = {}) {
  options.check();
  require<value_error>(outputs >= 1, "generate_masked: {} outputs, expected at least one", outputs);
  std::vector<token_t> tokens;
  std::vector<index_t> unknown;  // ascending
  const auto hidden = [&](const MaskedPlace& place) {
    return place.condition == MaskedPlace::none ? mask : place.condition;
  };
  for (const MaskedPlace& place : places) {
    if (place.known == MaskedPlace::none) unknown.push_back(static_cast<index_t>(tokens.size()));
    tokens.push_back(place.known == MaskedPlace::none ? hidden(place) : place.known);
  }
  const auto searched = static_cast<index_t>(unknown.size());  // N
  std::vector<float> memory(static_cast<std::size_t>(searched * outputs));
  std::vector<float> log_sums(unknown.size());
  std::vector<double> scores(tokens.size());
  for (index_t step = 1; step <= options.steps && searched > 0; ++step) {
    const auto count = static_cast<index_t>(unknown.size());
    const MatrixView<float> logits(memory.data(), {count, outputs});
    logits_of(std::span<const token_t>(tokens), std::span<const index_t>(unknown), logits);
    cpu.for_each(count, detail::LogSumRow{logits, log_sums.data()}, 8 * outputs);

    const double x = static_cast<double>(step) / static_cast<double>(options.steps);
    const double noise = options.temperature * (1 - x);
    std::vector<Sampler> samplers(static_cast<std::size_t>(cpu.pool().size()), Sampler(options.sampling));
    flashvideo::for_each_on_strands(cpu.pool(), count, [&](index_t strand, index_t i) {
      const auto n = static_cast<std::size_t>(unknown[static_cast<std::size_t>(i)]);
      const RandomAddress at{options.seed, static_cast<std::uint32_t>(2 * step), n};
      const token_t token = samplers[static_cast<std::size_t>(strand)].sample(
          {logits.row(i), static_cast<std::size_t>(outputs)}, at);
      const double u = random_uniform({options.seed, static_cast<std::uint32_t>(2 * step + 1), n});
      tokens[n] = token;
      scores[n] = static_cast<double>(logits(i, token) - log_sums[static_cast<std::size_t>(i)]) -
                  noise * std::log(-std::log(u));
    });

    if (step < options.steps) {
      const double share = mask_ratio(options.schedule, x, searched);
      const auto wanted = static_cast<index_t>(static_cast<double>(searched) * share);
      const index_t masked = std::max<index_t>(1, std::min(wanted, count - 1));
      std::partial_sort(unknown.begin(), unknown.begin() + masked, unknown.end(), [&](index_t a, index_t b) {
        const double of_a = scores[static_cast<std::size_t>(a)];
        const double of_b = scores[static_cast<std::size_t>(b)];
        return of_a != of_b ? of_a < of_b : a < b;
      });
      unknown.resize(static_cast<std::size_t>(masked));
      std::sort(unknown.begin(), unknown.end());
    } else {
      unknown.clear();
    }
    if (observe) observe({step, tokens, unknown});
    for (const index_t n : unknown) {
      tokens[static_cast<std::size_t>(n)] = hidden(places[static_cast<std::size_t>(n)]);
    }
  }
  return tokens;
}

}  // namespace flashvideo::baselines
