// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "flashvideo/backend/thrust/thrust_runtime.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// An owning array in the memory of a Thrust system, 64-byte aligned and zero-filled; move-only. It keeps its
/// system's runtime alive.
template <typename T, ThrustSystem System>
class ThrustBuffer {
  static_assert(std::is_trivially_copyable_v<T>, "flashvideo::ThrustBuffer: T must be trivially copyable.");

 public:
  using Runtime = ThrustRuntime<System>;  ///< where it allocates

  ThrustBuffer() = default;
  /// @param size number of elements, >= 0
  ThrustBuffer(std::shared_ptr<const Runtime> runtime, index_t size)
      : runtime_(std::move(runtime)), size_(size) {
    require<value_error>(size >= 0, "ThrustBuffer: size is {}, expected >= 0", size);
    if (size == 0) return;
    const std::size_t bytes = static_cast<std::size_t>(size) * sizeof(T);
    memory_ = runtime_->allocate(bytes + alignment);
    const std::size_t past = reinterpret_cast<std::uintptr_t>(memory_) % alignment;
    std::byte* const aligned = static_cast<std::byte*>(memory_) + (past == 0 ? 0 : alignment - past);
    data_ = reinterpret_cast<T*>(aligned);
    runtime_->clear(aligned, bytes);
  }
  /// @{
  /// Takes over the other's memory; it is then empty.
  ThrustBuffer(ThrustBuffer&& other) noexcept { swap(other); }
  ThrustBuffer& operator=(ThrustBuffer&& other) noexcept {
    ThrustBuffer taken(std::move(other));
    swap(taken);
    return *this;
  }
  /// @}
  ~ThrustBuffer() {
    if (memory_ != nullptr) runtime_->deallocate(memory_);
  }

  /// First element; null when empty.
  T* data() const { return data_; }
  /// Elements.
  index_t size() const { return size_; }

 private:
  static constexpr std::size_t alignment = 64;

  void swap(ThrustBuffer& other) noexcept {
    std::swap(runtime_, other.runtime_);
    std::swap(memory_, other.memory_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  std::shared_ptr<const Runtime> runtime_;
  void* memory_ = nullptr;
  T* data_ = nullptr;
  index_t size_ = 0;
};

}  // namespace flashvideo
