// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include "flashvideo/core/config.hpp"

namespace flashvideo::cpu_detail {

/// Memory of the calling thread for packed operands: 64-byte aligned, grown on demand, kept until the thread
/// ends. Each `Slot` is one array; its contents are lost at the next call with the same slot.
template <typename Slot>
class ThreadScratch {
 public:
  /// At least `count` elements, not initialised.
  template <typename T>
  static T* take(index_t count) {
    thread_local ThreadScratch scratch;
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
    if (bytes > scratch.capacity_) scratch.grow(bytes);
    return static_cast<T*>(scratch.data_.get());
  }

 private:
  void grow(std::size_t bytes) {
    const std::size_t capacity = ((std::max)(bytes, 2 * capacity_) + 4095) / 4096 * 4096;
    data_.reset();
    capacity_ = 0;
    data_.reset(std::aligned_alloc(64, capacity));
    if (!data_) throw std::bad_alloc();
    capacity_ = capacity;
  }

  struct Free {
    void operator()(void* data) const { std::free(data); }
  };
  std::unique_ptr<void, Free> data_;
  std::size_t capacity_ = 0;
};

}  // namespace flashvideo::cpu_detail
