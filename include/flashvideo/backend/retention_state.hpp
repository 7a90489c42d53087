// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <utility>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// What retention remembers of one sequence: S = sum_m gamma^(n-m) k_m^T v_m for every head, and the position
/// of the next token. The same value for every mode: a chunkwise prefill continues recurrently.
/// @code
/// RetentionState<float, Cpu> state(cpu, heads, d_key, d_value);
/// auto fork = state.clone(cpu);
/// @endcode
template <typename Scalar, ComputeBackend Backend>
class RetentionState {
 public:
  RetentionState() = default;
  /// The state before the first token: zero.
  RetentionState(const Backend& backend, index_t heads, index_t d_key, index_t d_value)
      : position(0),
        shape_{heads, d_key, d_value},
        memory_(backend.template allocate<Scalar>(heads * d_key * d_value)) {}

  index_t position = 0;  ///< of the next token, counted from the start of the sequence
  index_t drafted = 0;   ///< rows of a draft that wait behind `position`, not part of S

  /// S (H, Dk, Dv).
  TensorView<Scalar, 3> memory() const { return {memory_.data(), shape_}; }
  /// Elements of S.
  index_t size() const { return element_count(shape_); }

  /// @{
  /// Keys (capacity, H Dk) and values (capacity, H Dv) of the draft's rows, kept until it is decided.
  Scalar* draft_keys() const { return draft_keys_.data(); }
  Scalar* draft_values() const { return draft_values_.data(); }
  /// @}
  /// Makes room for a draft of `rows` and forgets the one before.
  void reserve_draft(const Backend& backend, index_t rows) {
    drafted = 0;
    if (rows <= draft_capacity_) return;
    draft_keys_ = backend.template allocate<Scalar>(rows * shape_[0] * shape_[1]);
    draft_values_ = backend.template allocate<Scalar>(rows * shape_[0] * shape_[2]);
    draft_capacity_ = rows;
  }

  /// A copy that continues on its own; without a draft that is not decided.
  RetentionState clone(const Backend& backend) const {
    RetentionState copy(backend, shape_[0], shape_[1], shape_[2]);
    copy.copy_from(backend, *this);
    return copy;
  }
  /// Takes over the other's memory and position.
  /// @throws shape_error when the extents differ
  void copy_from(const Backend& backend, const RetentionState& other) {
    require<shape_error>(shape_ == other.shape_, "RetentionState::copy_from: memory is {}, expected {}",
                         shape_text(other.shape_), shape_text(shape_));
    backend.copy(memory_.data(), other.memory_.data(), size());
    position = other.position;
    drafted = 0;
  }

  /// Writes S to host memory of `size()` elements; the position is the caller's to keep.
  void save(const Backend& backend, std::span<Scalar> host) const {
    check_size(host.size(), "save");
    backend.download(host.data(), memory_.data(), size());
  }
  /// Continues from a saved S at the given position.
  void restore(const Backend& backend, std::span<const Scalar> host, index_t next_position) {
    check_size(host.size(), "restore");
    require<value_error>(next_position >= 0, "RetentionState::restore: position is {}, expected >= 0",
                         next_position);
    backend.upload(memory_.data(), host.data(), size());
    position = next_position;
    drafted = 0;
  }

 private:
  void check_size(std::size_t given, const char* function) const {
    require<shape_error>(given == static_cast<std::size_t>(size()),
                         "RetentionState::{}: {} elements on the host, expected {}", function, given, size());
  }

  Shape<3> shape_{};
  typename Backend::template Buffer<Scalar> memory_;
  index_t draft_capacity_ = 0;
  typename Backend::template Buffer<Scalar> draft_keys_;
  typename Backend::template Buffer<Scalar> draft_values_;
};

}  // namespace flashvideo
