// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "flashvideo/backend/backend.hpp"

namespace flashvideo {

/// Scratch memory of a run: a stack of tensors that is filled, read and released again and again. It
/// allocates from the backend only while it grows, so a loop of equal steps allocates in its first turn
/// alone. Contents are undefined until written.
/// @code
/// Workspace workspace(backend);
/// const auto mark = workspace.mark();
/// auto x = workspace.template take<float>(Shape<2>{rows, columns});
/// workspace.release(mark);
/// @endcode
///
/// Named without the concept, so that a backend's own verbs may take a workspace of the backend.
/// @tparam Backend a `ComputeBackend`
template <typename Backend>
class Workspace {
 public:
  /// Empty; memory comes from `backend` when it is first taken.
  explicit Workspace(const Backend& backend) requires ComputeBackend<Backend> : backend_(backend) {}

  /// A dense tensor on top of the stack, aligned to 64 bytes.
  template <typename T, std::size_t Rank>
  TensorView<T, Rank> take(const Shape<Rank>& shape) {
    static_assert(std::is_trivially_copyable_v<T>);
    const index_t bytes = (element_count(shape) * static_cast<index_t>(sizeof(T)) + 63) / 64 * 64;
    while (block_ < blocks_.size() && used_ + bytes > blocks_[block_].size()) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size()) {
      const index_t grown = blocks_.empty() ? smallest_block : 2 * blocks_.back().size();
      blocks_.push_back(backend_.template allocate<std::byte>((std::max)(bytes, grown)));
      used_ = 0;
    }
    T* data = reinterpret_cast<T*>(blocks_[block_].data() + used_);
    used_ += bytes;
    return {data, shape};
  }

  /// A place in the stack.
  struct Mark {
    std::size_t block = 0;  ///< piece of memory
    index_t used = 0;       ///< bytes of it below the mark
  };
  /// The top of the stack.
  Mark mark() const { return {block_, used_}; }
  /// Gives back all that was taken after the mark.
  void release(const Mark& mark) {
    block_ = mark.block;
    used_ = mark.used;
  }
  /// Gives back everything.
  void release() { release(Mark{}); }

  /// Whose memory it is.
  const Backend& backend() const { return backend_; }

 private:
  static constexpr index_t smallest_block = index_t{1} << 20;  // bytes

  Backend backend_;
  std::vector<typename Backend::template Buffer<std::byte>> blocks_;
  std::size_t block_ = 0;
  index_t used_ = 0;
};

}  // namespace flashvideo
