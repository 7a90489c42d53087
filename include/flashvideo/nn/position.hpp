// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// How positions turn queries and keys: a rule by its name, or the angles theta_j themselves. A value: it
/// stands in the configuration and in the file (docs/policies/position.md).
///
/// - xpos: theta_j = base^(-j/(Dk/2-1)); the last angle is exactly 1/base. Source: torchscale's RetNet.
/// - rope: theta_j = base^(-2j/Dk). Source: Su et al., arXiv:2104.09864.
/// - frame_harmonics: for sequences in which something comes back every `period` tokens, as the same place of
///   the next frame does: theta_j = 2 pi h_j / period with h_j = j or j + 1/2, in the order of the Thue-Morse
///   sequence (0 1 1 0 1 0 0 1 ..); from j = period / 2 on the other of the two. Whole multiples add up exactly
///   at whole periods, so that "the same place of an earlier frame, one token to the right" is a sharp place
///   for q k^T; the halves tell odd from even frames, the decays the rest. A geometric spacing has only some
///   ten angles with wave lengths below a frame, too few for a sharp look at one of its tokens
///   (docs/adr/0012-frame-harmonics.md).
/// @code const std::vector<double> theta = Position::frame_harmonics(80).angles(d_key); @endcode
struct Position {
  std::string rule = "xpos";  ///< "xpos", "rope", "frame_harmonics" or "stored"
  double base = 10000;        ///< of xpos and rope
  double period = 0;  ///< of frame_harmonics: tokens from a place of one frame to that of the next, >= 2
  std::vector<double> theta{};  ///< of stored: radians per position, (Dk / 2)

  /// torchscale's spacing.
  static Position xpos(double base = 10000) { return {.base = base}; }
  /// RoPE's spacing.
  static Position rope(double base = 10000) { return {.rule = "rope", .base = base}; }
  /// @param period tokens from a place of one frame to that of the next
  static Position frame_harmonics(double period) { return {.rule = "frame_harmonics", .period = period}; }
  /// @param theta radians per position, (Dk / 2), as a file has them
  static Position stored(std::vector<double> theta) { return {.rule = "stored", .theta = std::move(theta)}; }

  /// theta_j in radians per position, j = 0..Dk/2-1.
  /// @throws shape_error for an odd d_key
  /// @throws value_error for an unknown rule, a period below 2 or stored angles that are not one for each pair
  std::vector<double> angles(index_t d_key) const {
    require<shape_error>(d_key >= 2 && d_key % 2 == 0, "Position: d_key is {}, expected an even number >= 2",
                         d_key);
    if (rule == "xpos") return xpos_angles(d_key / 2);
    if (rule == "rope") return rope_angles(d_key);
    if (rule == "frame_harmonics") return harmonic_angles(d_key / 2);
    require<value_error>(rule == "stored",
                         "Position: rule is \"{}\", expected xpos, rope, frame_harmonics or stored", rule);
    require<value_error>(static_cast<index_t>(theta.size()) == d_key / 2,
                         "Position: {} stored angles for d_key = {}", theta.size(), d_key);
    return theta;
  }

  /// Names each field (core/fields.hpp).
  template <typename = void>
  void visit(Fields& fields) {
    fields.text("rule", rule, {"xpos", "rope", "frame_harmonics", "stored"}, "angles of queries and keys");
    if (rule == "xpos" || rule == "rope") fields.real("base", base, above(1.0), "1 / base: the slowest turn");
    if (rule == "frame_harmonics") fields.real("period", period, at_least(2.0), "tokens from frame to frame");
    if (rule == "stored") fields.reals("theta", theta, any_real(), "radians per position");
  }

  friend bool operator==(const Position&, const Position&) = default;

 private:
  std::vector<double> xpos_angles(index_t pairs) const {
    std::vector<double> result;
    for (index_t j = 0; j < pairs; ++j) {
      const double exponent = pairs == 1 ? 0.0 : static_cast<double>(j) / static_cast<double>(pairs - 1);
      result.push_back(math::exp(-exponent * math::log(base)));
    }
    return result;
  }
  std::vector<double> rope_angles(index_t d_key) const {
    std::vector<double> result;
    for (index_t j = 0; j < d_key / 2; ++j) {
      result.push_back(
          math::exp(-2.0 * static_cast<double>(j) / static_cast<double>(d_key) * math::log(base)));
    }
    return result;
  }
  std::vector<double> harmonic_angles(index_t pairs) const {
    require<value_error>(period >= 2, "Position: period is {}, expected >= 2", period);
    constexpr double turn = 6.283185307179586;
    const auto distinct = static_cast<index_t>(period / 2);
    std::vector<double> result;
    for (index_t j = 0; j < pairs; ++j) {
      index_t odd = j / distinct;  // which of the two, then the parity of j's binary digits
      for (index_t digits = j % distinct; digits > 0; digits /= 2) odd += digits % 2;
      result.push_back(turn * (static_cast<double>(j % distinct) + (odd % 2 == 0 ? 0.0 : 0.5)) / period);
    }
    return result;
  }
};

}  // namespace flashvideo
