// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "flashvideo/core/clones.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/math.hpp"
#include "flashvideo/core/random.hpp"

namespace flashvideo {

/// How a token is drawn from logits.
struct SamplingOptions {
  /// > 0, or 0 for the largest logit; below 1 pictures empty (each background token wins)
  double temperature = 1;
  /// Only the k largest logits, ties to the lower id; 0: all. A video draws hundreds of tokens, so without
  /// a limit the many codes that are each next to impossible are drawn now and then, and tear a patch.
  index_t top_k = 50;
  /// Only the fewest most probable ids that reach this probability together, in (0, 1]
  double top_p = 1;

  /// @throws value_error naming the option out of range
  void check() const {
    require<value_error>(temperature >= 0, "SamplingOptions: temperature is {}, expected >= 0", temperature);
    require<value_error>(top_k >= 0, "SamplingOptions: top_k is {}, expected >= 0", top_k);
    require<value_error>(top_p > 0 && top_p <= 1, "SamplingOptions: top_p is {}, expected within (0, 1]",
                         top_p);
  }
};

/// Draws a token as a pure function of (logits, address): the Gumbel-max rule, argmax_id(logit / T - log(-log
/// u(id))) with one addressed uniform number per id, ties to the lower id. So the draw does not depend on the
/// order of generation, and a draft can be checked against it. Source: Maddison et al., arXiv:1411.0030.
/// @code
/// Sampler sampler({.temperature = 1});
/// token_t id = sampler.sample(logits, {seed, stream, position});
/// @endcode
class Sampler {
 public:
  /// @throws value_error naming the option out of range
  explicit Sampler(const SamplingOptions& options = {}) : options_((options.check(), options)) {}

  /// @param logits (V), at least one
  /// @return an index into `logits`
  token_t sample(std::span<const float> logits, const RandomAddress& at) {
    const auto count = static_cast<index_t>(logits.size());
    require<shape_error>(count >= 1, "Sampler::sample: logits is empty, expected at least one");
    if (options_.temperature == 0) {
      return static_cast<token_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    }
    const Score score{logits.data(), 1 / options_.temperature, {at}};
    if (options_.top_p == 1) {
      const token_t best = largest(score, count);
      if (options_.top_k == 0 || rank(logits, best) < options_.top_k) return best;
    }
    return largest_among(score, candidates(logits));
  }

  /// As they were given.
  const SamplingOptions& options() const { return options_; }

 private:
  struct Score {
    const float* logits;
    double inverse_temperature;
    RandomItems random;
    double operator()(token_t id) const {
      const double noise = -math::log(uniform_of_bits(random.bits(static_cast<std::uint32_t>(id))));
      return math::fma(static_cast<double>(logits[id]), inverse_temperature, -math::log(noise));
    }
  };
  // At least the score, in float and without a logarithm: -log(-log u) <= -log(1 - u), and the bits of a
  // float are at most 2^23 (127 + its binary logarithm). The slack covers the roundings. One call bounds
  // a whole group of ids.
  struct Bound {
    const float* logits;
    float inverse_temperature;
    RandomItems random;
    float* bounds;
    void operator()(index_t group) const {
      constexpr index_t lanes = RandomItems::lanes;
      FLASHVIDEO_INDEPENDENT
      for (index_t lane = 0; lane < lanes; ++lane) {
        std::uint32_t words[4];
        random.block(static_cast<std::uint32_t>(group * lanes + lane), words);
        for (index_t w = 0; w < 4; ++w) bound(RandomItems::group * group + lanes * w + lane, words[w]);
      }
    }
    void bound(index_t id, std::uint32_t bits) const {
      const std::uint32_t below_one = ~bits;  // 2^32 (1 - u) - 1/2
      const float n =
          math::fma(static_cast<float>(below_one >> 8), 256.0F, static_cast<float>(below_one & 255U) + 0.5F);
      const float logarithm =  // of 2 over 1 - u, at least
          159.0F - static_cast<float>(__builtin_bit_cast(std::int32_t, n)) * 0x1p-23F;
      const float bound = math::fma(logits[id], inverse_temperature, 0.693147182F * logarithm);
      bounds[id] = bound + math::fma(bound < 0 ? -bound : bound, 1e-6F, 1e-3F);
    }
  };

  // Exact scores are computed of the few ids alone whose bound reaches the score of the most promising one.
  token_t largest(const Score& score, index_t count) {
    bounds_.resize(static_cast<std::size_t>(count));
    const auto inverse = static_cast<float>(score.inverse_temperature);
    const Bound bound{score.logits, inverse, score.random, bounds_.data()};
    const index_t groups = count / RandomItems::group;
    loop_with(best_instruction_set(), bound, 0, groups);
    for (index_t id = groups * RandomItems::group; id < count; ++id) {
      bound.bound(id, score.random.bits(static_cast<std::uint32_t>(id)));
    }
    const auto first = std::max_element(bounds_.begin(), bounds_.end()) - bounds_.begin();
    const double reached = score(static_cast<token_t>(first));
    ids_.clear();
    for (index_t id = 0; id < count; ++id) {
      if (static_cast<double>(bounds_[static_cast<std::size_t>(id)]) >= reached) {
        ids_.push_back(static_cast<token_t>(id));
      }
    }
    return ids_.empty() ? static_cast<token_t>(first) : largest_among(score, ids_);
  }
  static token_t largest_among(const Score& score, std::span<const token_t> ids) {
    token_t best = ids.front();
    double best_score = score(best);
    for (const token_t id : ids.subspan(1)) {
      const double of_id = score(id);
      if (of_id > best_score || (of_id == best_score && id < best)) {
        best = id;
        best_score = of_id;
      }
    }
    return best;
  }

  // How many ids are more probable, ties to the lower id.
  static index_t rank(std::span<const float> logits, token_t id) {
    const float own = logits[static_cast<std::size_t>(id)];
    return std::count_if(logits.begin(), logits.end(), [own](float other) { return other > own; }) +
           std::count(logits.begin(), logits.begin() + id, own);
  }

  // The ids that top-k and then top-p leave, most probable first.
  std::span<const token_t> candidates(std::span<const float> logits) {
    ids_.resize(logits.size());
    for (std::size_t i = 0; i < ids_.size(); ++i) ids_[i] = static_cast<token_t>(i);
    const auto more_probable = [logits](token_t a, token_t b) {
      const float of_a = logits[static_cast<std::size_t>(a)];
      const float of_b = logits[static_cast<std::size_t>(b)];
      return of_a != of_b ? of_a > of_b : a < b;
    };
    // One algorithm for both: compiling more of them shows in the umbrella's time.
    const auto all = static_cast<index_t>(ids_.size());
    const index_t kept_at_most = options_.top_k > 0 ? (std::min)(options_.top_k, all) : all;
    std::partial_sort(ids_.begin(), ids_.begin() + kept_at_most, ids_.end(), more_probable);
    ids_.resize(static_cast<std::size_t>(kept_at_most));
    const double peak = static_cast<double>(logits[static_cast<std::size_t>(ids_.front())]);
    const auto weight = [&](token_t id) {
      return math::exp((static_cast<double>(logits[static_cast<std::size_t>(id)]) - peak) /
                       options_.temperature);
    };
    double total = 0;
    for (const token_t id : ids_) total += weight(id);
    double reached = 0;
    std::size_t kept = 0;
    while (kept < ids_.size() && (kept == 0 || reached < options_.top_p * total))
      reached += weight(ids_[kept++]);
    return std::span<const token_t>(ids_).first(kept);
  }

  SamplingOptions options_;
  std::vector<float> bounds_;
  std::vector<token_t> ids_;
};

}  // namespace flashvideo
