// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>

#include "flashvideo/core/clones.hpp"
#include "flashvideo/core/config.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// Logits of classifier-free guidance, each by itself: one subtraction and one fma, so equal bits in every form.
/// Source: Ho and Salimans, arXiv:2207.12598; for tokens, Gafni et al., arXiv:2203.13131:
///
///     guided = u + s (c - u)
///
/// @param c logits with the text
/// @param u logits without it, as many
/// @param s 1: those with the text (but for roundings); above: further away from those without
/// @param guided as many
inline void guide_logits(std::span<const float> c, std::span<const float> u, double s,
                         std::span<float> guided) {
  struct Guide {
    const float* c;
    const float* u;
    float s;
    float* guided;
    void operator()(index_t i) const { guided[i] = math::fma(s, c[i] - u[i], u[i]); }
  };
  loop_with(best_instruction_set(), Guide{c.data(), u.data(), static_cast<float>(s), guided.data()}, 0,
            static_cast<index_t>(guided.size()));
}

/// log softmax(logits)[token], in nats; the sum goes from the first id to the last.
inline double log_probability(std::span<const float> logits, token_t token) {
  const auto peak = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
  double sum = 0;
  for (const float logit : logits) sum += math::exp(static_cast<double>(logit) - peak);
  return static_cast<double>(logits[static_cast<std::size_t>(token)]) - peak - math::log(sum);
}

/// How much more probable the text makes a token, in nats: log p with the text - log p without. It is a multiple of
/// 2^-24, so sums of it are exact up to 2^29 nats and do not depend on the order in which lanes are written.
/// @param c, u as of `guide_logits`
inline double text_effect(std::span<const float> c, std::span<const float> u, token_t token) {
  constexpr double steps = 1 << 24;
  return static_cast<double>(
             static_cast<std::int64_t>((log_probability(c, token) - log_probability(u, token)) * steps)) /
         steps;
}

}  // namespace flashvideo
