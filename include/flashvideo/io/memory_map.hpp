// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// A whole file mapped read-only; pages are loaded when touched and shared between processes. Writers of this
/// library replace files by renaming, so a mapped file keeps its content.
/// @code
/// MemoryMap map("model.safetensors");
/// std::span<const std::byte> bytes = map.bytes();
/// @endcode
class MemoryMap {
 public:
  /// @throws io_error naming path and reason when the file cannot be opened or mapped
  explicit MemoryMap(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) refuse("open", path, errno);
    struct stat status {};
    int failure = ::fstat(descriptor, &status) != 0 ? errno : (S_ISDIR(status.st_mode) ? EISDIR : 0);
    if (failure == 0 && status.st_size > 0) {
      const std::size_t size = static_cast<std::size_t>(status.st_size);
      void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
      if (address == MAP_FAILED) {
        failure = errno;
      } else {
        bytes_ = {static_cast<const std::byte*>(address), size};
      }
    }
    ::close(descriptor);
    if (failure != 0) refuse("read", path, failure);
  }

  /// @{
  /// The map moves; its bytes stay where they are.
  MemoryMap(MemoryMap&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MemoryMap& operator=(MemoryMap&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MemoryMap() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }

  /// The file's content; it lives as long as the map and does not move with it.
  std::span<const std::byte> bytes() const { return bytes_; }
  /// The same as characters.
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

  /// The pages of `part`, a part of the file, leave this process's memory; they are loaded again when touched.
  /// What is read once need not stay.
  void release(std::span<const std::byte> part) const {
    if (part.empty()) return;
    constexpr std::size_t around = std::size_t{1} << 16;  // Linux maps so much about a page that is touched
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const auto begin = static_cast<std::size_t>(part.data() - bytes_.data());
    const std::size_t first = (begin - (std::min)(begin, around)) / page * page;
    const std::size_t end = (std::min)(begin + part.size() + around, bytes_.size());
    ::madvise(const_cast<std::byte*>(bytes_.data()) + first, end - first, MADV_DONTNEED);
  }

 private:
  [[noreturn]] static void refuse(const char* verb, const std::string& path, int error_number) {
    throw io_error(
        formatted_message("cannot {} {}: {}", verb, path, std::generic_category().message(error_number)));
  }

  std::span<const std::byte> bytes_;
};

}  // namespace flashvideo
