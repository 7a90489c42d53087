// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// How fast each head forgets: a rule by its name, or lambda_h = log gamma_h <= 0 themselves. A value: it
/// stands in the configuration and in the file (docs/policies/decay.md).
///
/// - retnet: lambda_h = log(1 - 2^(-5-h)), horizons 1/(1-gamma) of 32, 64, 128, ... tokens. Source: Sun et al.,
///   arXiv:2307.08621.
/// - horizon: horizons spaced geometrically from `shortest` to `longest` tokens (one head: `longest`). With few
///   heads RetNet's own rule forgets too soon for video (3 heads: 128 tokens, less than two frames of 8 x 8
///   tokens), so let `longest` be the longest sequence trained.
/// @code const std::vector<double> lambda = Decay::horizon(32, 512).lambdas(num_heads); @endcode
struct Decay {
  std::string rule = "horizon";  ///< "retnet", "horizon" or "stored"
  double shortest = 32;          ///< of horizon: tokens, > 1
  double longest = 0;            ///< of horizon: tokens, >= shortest; 0: the longest sequence
  std::vector<double> lambda{};  ///< of stored: (H)

  /// RetNet's own horizons.
  static Decay retnet() { return {.rule = "retnet"}; }
  /// @param shortest, longest tokens; longest 0: the longest sequence
  static Decay horizon(double shortest, double longest) { return {.shortest = shortest, .longest = longest}; }
  /// @param lambda log gamma of each head, (H), as a file has them
  static Decay stored(std::vector<double> lambda) { return {.rule = "stored", .lambda = std::move(lambda)}; }

  /// lambda_h, h = 0..H-1.
  /// @param longest_sequence what a `longest` of 0 stands for
  /// @throws value_error for an unknown rule, unless 1 < shortest <= longest, or when the stored decays are not
  /// one for each head
  std::vector<double> lambdas(index_t num_heads, double longest_sequence = 0) const {
    if (rule == "retnet") return retnet_lambdas(num_heads);
    if (rule == "horizon") {
      return horizon_lambdas(num_heads, longest == 0 ? (std::max)(shortest, longest_sequence) : longest);
    }
    require<value_error>(rule == "stored", "Decay: rule is \"{}\", expected retnet, horizon or stored", rule);
    require<value_error>(static_cast<index_t>(lambda.size()) == num_heads,
                         "Decay: {} stored decays for {} heads", lambda.size(), num_heads);
    return lambda;
  }

  /// Names each field (core/fields.hpp).
  template <typename = void>
  void visit(Fields& fields) {
    fields.text("rule", rule, {"retnet", "horizon", "stored"}, "how fast the heads forget");
    if (rule == "horizon") {
      fields.real("shortest", shortest, above(1.0), "tokens that the fastest head remembers");
      fields.real("longest", longest, at_least(0.0), "tokens that the slowest does; 0: the longest sequence");
    }
    if (rule == "stored") fields.reals("lambda", lambda, {.most = 0.0}, "log decay of each head");
  }

  friend bool operator==(const Decay&, const Decay&) = default;

 private:
  static std::vector<double> retnet_lambdas(index_t num_heads) {
    std::vector<double> result;
    for (index_t h = 0; h < num_heads; ++h) {
      result.push_back(math::log(1.0 - std::ldexp(1.0, -5 - static_cast<int>(h))));
    }
    return result;
  }
  std::vector<double> horizon_lambdas(index_t num_heads, double end) const {
    require<value_error>(shortest > 1 && end >= shortest,
                         "Decay: horizons are {} to {}, expected 1 < shortest <= longest", shortest, end);
    std::vector<double> result;
    for (index_t h = 0; h < num_heads; ++h) {
      const double along = num_heads == 1 ? 1.0 : static_cast<double>(h) / static_cast<double>(num_heads - 1);
      const double horizon = shortest * math::exp(along * math::log(end / shortest));
      result.push_back(math::log(1.0 - 1.0 / horizon));
    }
    return result;
  }
};

}  // namespace flashvideo
