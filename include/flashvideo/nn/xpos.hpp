// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <type_traits>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/math.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// How positions turn queries and keys: angles(Dk) gives theta_j, j = 0..Dk/2-1, in radians per position.
template <typename Policy>
concept PositionPolicy = std::copy_constructible<Policy> && requires(const Policy& policy) {
  { policy.angles(index_t{2}) } -> std::same_as<std::vector<double>>;
};

namespace detail {
inline void require_pairs(const char* policy, index_t d_key) {
  require<shape_error>(d_key >= 2 && d_key % 2 == 0, "{}: d_key is {}, expected an even number >= 2", policy,
                       d_key);
}
}  // namespace detail

/// theta_j = base^(-j/(Dk/2-1)): the last angle is exactly 1/base. Source: torchscale's RetNet (its spacing).
struct XPos {
  static constexpr const char* name = "xpos";
  double base = 10000;
  /// @throws shape_error for an odd d_key
  std::vector<double> angles(index_t d_key) const {
    detail::require_pairs("XPos", d_key);
    const index_t pairs = d_key / 2;
    std::vector<double> theta;
    for (index_t j = 0; j < pairs; ++j) {
      const double exponent = pairs == 1 ? 0.0 : static_cast<double>(j) / static_cast<double>(pairs - 1);
      theta.push_back(math::exp(-exponent * math::log(base)));
    }
    return theta;
  }
};

/// theta_j = base^(-2j/Dk). Source: Su et al., arXiv:2104.09864.
struct RoPE {
  static constexpr const char* name = "rope";
  double base = 10000;
  /// @throws shape_error for an odd d_key
  std::vector<double> angles(index_t d_key) const {
    detail::require_pairs("RoPE", d_key);
    std::vector<double> theta;
    for (index_t j = 0; j < d_key / 2; ++j) {
      theta.push_back(
          math::exp(-2.0 * static_cast<double>(j) / static_cast<double>(d_key) * math::log(base)));
    }
    return theta;
  }
};

/// Angles for sequences in which something comes back every `period` tokens, as the same place of the next
/// frame does: theta_j = 2 pi h_j / period with h_j = j or j + 1/2, in the order of the Thue-Morse sequence
/// (0 1 1 0 1 0 0 1 ..); from j = period / 2 on the other of the two.
///
/// Whole multiples add up exactly at whole periods, so that "the same place of an earlier frame, one token to
/// the right" is a sharp place for q k^T; the halves tell odd from even frames, the decays the rest. A
/// geometric spacing has only some ten angles with wave lengths below a frame, too few for a sharp look at
/// one of its tokens (docs/adr/0012-frame-harmonics.md).
struct FrameHarmonics {
  static constexpr const char* name = "frame_harmonics";
  double period = 80;  ///< tokens from a place of one frame to the same place of the next, >= 2
  /// @throws shape_error for an odd d_key, value_error for a period below 2
  std::vector<double> angles(index_t d_key) const {
    detail::require_pairs("FrameHarmonics", d_key);
    require<value_error>(period >= 2, "FrameHarmonics: period is {}, expected >= 2", period);
    constexpr double turn = 6.283185307179586;
    const auto distinct = static_cast<index_t>(period / 2);
    std::vector<double> theta;
    for (index_t j = 0; j < d_key / 2; ++j) {
      index_t odd = j / distinct;  // which of the two, then the parity of j's binary digits
      for (index_t digits = j % distinct; digits > 0; digits /= 2) odd += digits % 2;
      theta.push_back(turn * (static_cast<double>(j % distinct) + (odd % 2 == 0 ? 0.0 : 0.5)) / period);
    }
    return theta;
  }
};

/// The angles as a plain value that functors carry.
struct RotationAngles {
  static constexpr index_t max_pairs = 256;
  double theta[max_pairs] = {};
  index_t pairs = 0;

  RotationAngles() = default;
  /// @throws value_error for more than 256 pairs
  explicit RotationAngles(const std::vector<double>& angles) : pairs(static_cast<index_t>(angles.size())) {
    require<value_error>(pairs <= max_pairs, "RotationAngles: d_key is {}, expected at most {}", 2 * pairs,
                         2 * max_pairs);
    for (std::size_t j = 0; j < angles.size(); ++j) theta[j] = angles[j];
  }
};

/// table(row, 2j) = cos(n theta_j), table(row, 2j+1) = sin(n theta_j), n the row's position.
/// @tparam Places from an item to the row and the position of its token: `SequencePlaces`, `LaneGroup`
template <typename Scalar, typename Places>
struct RotationTable {
  RotationAngles angles;
  Places places;
  MatrixView<Scalar> table;  // (R, Dk)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const auto place = places(item);
    Scalar* out = table.row(place.row);
    const double n = static_cast<double>(place.position);
    for (index_t j = 0; j < angles.pairs; ++j) {
      const auto turn = math::sine_cosine(n * angles.theta[j]);
      out[2 * j] = static_cast<Scalar>(turn.cosine);
      out[2 * j + 1] = static_cast<Scalar>(turn.sine);
    }
  }
};

/// Which way a rotation goes: the backward pass turns gradients back.
enum class Turn { forward, back };

/// Turns the interleaved pairs (2j, 2j+1) of every head of one row by the row's angles and scales them:
///
///     y_2j = s (x_2j cos - x_2j+1 sin),   y_2j+1 = s (x_2j+1 cos + x_2j sin)
///
/// `back` is the transpose, that is the gradient. Row r of x uses row r mod period of the table.
template <typename Scalar>
struct Rotation {
  MatrixView<const Scalar> table;  // (period, Dk)
  index_t period;
  index_t heads;
  Scalar scale;
  Turn turn;
  MatrixView<Scalar> x;  // (R, H Dk), in place

  FLASHVIDEO_HOST_DEVICE void operator()(index_t row) const {
    const index_t d_key = table.extent(1);
    const Scalar* turns = table.row(row % period);
    const Scalar sign = turn == Turn::forward ? scale : -scale;
    for (index_t h = 0; h < heads; ++h) {
      Scalar* head = x.row(row) + h * d_key;
      for (index_t j = 0; j < d_key; j += 2) {
        const Scalar cosine = turns[j] * scale;
        const Scalar sine = turns[j + 1] * sign;
        const Scalar even = head[j];
        const Scalar odd = head[j + 1];
        head[j] = math::fma(even, cosine, -(odd * sine));
        head[j + 1] = math::fma(odd, cosine, even * sine);
      }
    }
  }
};

/// Turns queries, and turns and scales keys by Dk^(-1/2); or turns their gradients back.
/// @param table (period, Dk) as of `Rotation`
template <typename Backend, typename Scalar>
void turn_queries_and_keys(const Backend& backend, std::type_identity_t<MatrixView<const Scalar>> table,
                           index_t period, index_t heads, Turn turn, MatrixView<Scalar> q,
                           MatrixView<Scalar> k) {
  const index_t d_key = q.extent(1) / heads;
  const Scalar scale = static_cast<Scalar>(1.0 / math::sqrt(static_cast<double>(d_key)));
  backend.for_each(q.extent(0), Rotation<Scalar>{table, period, heads, Scalar{1}, turn, q}, q.extent(1));
  backend.for_each(k.extent(0), Rotation<Scalar>{table, period, heads, scale, turn, k}, k.extent(1));
}

}  // namespace flashvideo
