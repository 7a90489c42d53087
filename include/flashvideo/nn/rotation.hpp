// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/math.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// The angles as a plain value that functors carry.
struct RotationAngles {
  static constexpr index_t max_pairs = 256;  ///< most pairs of a head
  double theta[max_pairs] = {};              ///< radians per position
  index_t pairs = 0;                         ///< Dk / 2

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
  RotationAngles angles;     ///< of the pairs
  Places places;             ///< where an item's token is
  MatrixView<Scalar> table;  ///< (R, Dk)

  /// The row of one item.
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
  MatrixView<const Scalar> table;  ///< (period, Dk)
  index_t period;                  ///< rows of the table
  index_t heads;                   ///< H
  Scalar scale;                    ///< s
  Turn turn;                       ///< forward, or back for gradients
  MatrixView<Scalar> x;            ///< (R, H Dk), in place

  /// One row of x.
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
