// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <utility>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// What causal attention remembers of one sequence: the key and value rows of every position so far. It grows
/// with the sequence, where `RetentionState` does not.
/// @code AttentionState<float, Cpu> cache(cpu, d_model, d_value); cache.reserve(cpu, 512); @endcode
template <typename Scalar, ComputeBackend Backend>
class AttentionState {
 public:
  AttentionState() = default;
  /// Empty, at position 0, for rows of H Dk keys and H Dv values.
  AttentionState(const Backend&, index_t key_width, index_t value_width)
      : key_width_(key_width), value_width_(value_width) {}

  /// Of the next token. Setting it back forgets the later rows.
  index_t position = 0;
  /// Rows of a draft that stand in the cache behind `position`; what comes next overwrites them.
  index_t drafted = 0;

  /// (capacity, H Dk), row n is position n.
  MatrixView<Scalar> keys() const { return {keys_.data(), {capacity_, key_width_}}; }
  /// (capacity, H Dv)
  MatrixView<Scalar> values() const { return {values_.data(), {capacity_, value_width_}}; }
  /// Elements that `save` writes.
  index_t size() const { return position * (key_width_ + value_width_); }

  /// Makes room for positions [0, count); doubles, so that growing costs a constant per token.
  void reserve(const Backend& backend, index_t count) {
    if (count <= capacity_) return;
    const index_t capacity = (std::max)({count, 2 * capacity_, smallest});
    auto keys = backend.template allocate<Scalar>(capacity * key_width_);
    auto values = backend.template allocate<Scalar>(capacity * value_width_);
    if (position > 0) {
      backend.copy(keys.data(), keys_.data(), position * key_width_);
      backend.copy(values.data(), values_.data(), position * value_width_);
    }
    keys_ = std::move(keys);
    values_ = std::move(values);
    capacity_ = capacity;
  }

  /// A copy that continues on its own.
  AttentionState clone(const Backend& backend) const {
    AttentionState copy(backend, key_width_, value_width_);
    copy.copy_from(backend, *this);
    return copy;
  }
  /// Takes over the other's rows and position.
  /// @throws shape_error when the widths differ
  void copy_from(const Backend& backend, const AttentionState& other) {
    require<shape_error>(key_width_ == other.key_width_ && value_width_ == other.value_width_,
                         "AttentionState::copy_from: widths are {} and {}, expected {} and {}",
                         other.key_width_, other.value_width_, key_width_, value_width_);
    position = drafted = 0;
    reserve(backend, other.position);
    if (other.position > 0) {
      backend.copy(keys_.data(), other.keys_.data(), other.position * key_width_);
      backend.copy(values_.data(), other.values_.data(), other.position * value_width_);
    }
    position = other.position;
  }

  /// Writes the key rows, then the value rows, to host memory of `size()` elements.
  void save(const Backend& backend, std::span<Scalar> host) const {
    require<shape_error>(host.size() == static_cast<std::size_t>(size()),
                         "AttentionState::save: {} elements on the host, expected {}", host.size(), size());
    if (position == 0) return;
    backend.download(host.data(), keys_.data(), position * key_width_);
    backend.download(host.data() + position * key_width_, values_.data(), position * value_width_);
  }
  /// Continues from saved rows of positions [0, next_position).
  void restore(const Backend& backend, std::span<const Scalar> host, index_t next_position) {
    require<shape_error>(
        next_position >= 0 &&
            host.size() == static_cast<std::size_t>(next_position * (key_width_ + value_width_)),
        "AttentionState::restore: {} elements on the host, expected {} positions of {}", host.size(),
        next_position, key_width_ + value_width_);
    position = drafted = 0;
    reserve(backend, next_position);
    if (next_position > 0) {
      backend.upload(keys_.data(), host.data(), next_position * key_width_);
      backend.upload(values_.data(), host.data() + next_position * key_width_, next_position * value_width_);
    }
    position = next_position;
  }

 private:
  static constexpr index_t smallest = 64;  // positions

  index_t key_width_ = 0;
  index_t value_width_ = 0;
  index_t capacity_ = 0;
  typename Backend::template Buffer<Scalar> keys_;
  typename Backend::template Buffer<Scalar> values_;
};

}  // namespace flashvideo
