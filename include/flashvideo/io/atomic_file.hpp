// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

namespace detail {

/// Throws "cannot <verb> <path>: <the system's reason>".
[[noreturn]] inline void throw_io_error(const char* verb, const std::string& path, int error_number) {
  throw io_error(
      detail::message("cannot {} {}: {}", verb, path, std::generic_category().message(error_number)));
}

/// Makes a rename in `path`'s folder survive a power cut; file systems that cannot do so are left alone.
inline void sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace detail

/// A file that appears under its name only when complete: bytes go to `<path>.partial`, `commit` flushes them
/// to the disk and renames; without `commit` (an exception, a return) the partial file is removed and what
/// stood under the name before stays. A partial file left by a killed process is reused; one that a live
/// process is writing is not touched. A device or pipe under `path` is written in place.
/// Throws `io_error` with path and reason: no such folder, no permission, no space.
/// @code
/// AtomicFile file("model.safetensors");
/// file.write(bytes);
/// file.commit();
/// @endcode
class AtomicFile {
 public:
  explicit AtomicFile(std::string path) : path_(std::move(path)) {
    struct stat status {};
    const bool exists = ::stat(path_.c_str(), &status) == 0;
    if (exists && S_ISDIR(status.st_mode)) detail::throw_io_error("write", path_, EISDIR);
    if (exists && ::access(path_.c_str(), W_OK) != 0) detail::throw_io_error("write", path_, errno);
    if (exists && !S_ISREG(status.st_mode)) {
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
      if (descriptor_ < 0) detail::throw_io_error("write", path_, errno);
      return;
    }
    follow_link();
    open_partial();
    if (exists) static_cast<void>(::fchmod(descriptor_, status.st_mode & 07777));
  }

  AtomicFile(AtomicFile&& other) noexcept
      : path_(std::move(other.path_)),
        partial_(std::exchange(other.partial_, {})),
        descriptor_(std::exchange(other.descriptor_, -1)) {}
  AtomicFile& operator=(AtomicFile&&) = delete;

  ~AtomicFile() { discard(); }

  const std::string& path() const { return path_; }

  /// Appends at the current position.
  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ::ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) detail::throw_io_error("write", path_, count < 0 ? errno : ENOSPC);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

  /// Moves the current position (bytes from the start), so that a header can be filled in later.
  void seek(index_t offset) {
    if (::lseek(descriptor_, offset, SEEK_SET) < 0) detail::throw_io_error("seek in", path_, errno);
  }
  index_t size() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) detail::throw_io_error("examine", path_, errno);
    return status.st_size;
  }
  /// False for a pipe or a device.
  bool is_seekable() const { return !partial_.empty(); }

  /// Flushes to the disk (not if `durable` is false: one of many files of a folder) and gives the file its
  /// name; nothing may be written afterwards.
  void commit(bool durable = true) {
    if (!partial_.empty()) {
      if (durable && ::fsync(descriptor_) != 0) detail::throw_io_error("write", path_, errno);
      // Renamed while the lock is held: another writer then sees that the partial file has gone.
      if (std::rename(partial_.c_str(), path_.c_str()) != 0) detail::throw_io_error("create", path_, errno);
      partial_.clear();
    }
    if (::close(std::exchange(descriptor_, -1)) != 0) detail::throw_io_error("write", path_, errno);
    if (durable) detail::sync_folder_of(path_);
  }

  /// Removes what was written; the destructor does the same.
  void discard() noexcept {
    if (!partial_.empty()) ::unlink(partial_.c_str());
    partial_.clear();
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  /// A symbolic link stays a link: its target is replaced.
  void follow_link() {
    char* resolved = ::realpath(path_.c_str(), nullptr);
    if (resolved != nullptr) path_ = resolved;
    std::free(resolved);
  }

  void open_partial() {
    for (int number = 0;; ++number) {
      std::string name = path_ + ".partial";
      if (number > 0) name += detail::message("{}", number);
      const int descriptor = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
      if (descriptor < 0) detail::throw_io_error("create", path_, errno);
      // The lock tells a live writer from the leavings of a dead one.
      struct stat ours {};
      struct stat named {};
      const bool locked = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno == ENOTSUP;
      const bool still_named = locked && ::fstat(descriptor, &ours) == 0 &&
                               ::stat(name.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
                               ours.st_dev == named.st_dev;
      if (still_named) {
        descriptor_ = descriptor;
        partial_ = std::move(name);
        if (::ftruncate(descriptor_, 0) != 0) detail::throw_io_error("write", path_, errno);
        return;
      }
      ::close(descriptor);
    }
  }

  std::string path_;
  std::string partial_;  // empty: written in place, or committed
  int descriptor_ = -1;
};

/// Writes a whole file at once, as `AtomicFile` does.
inline void write_file(const std::string& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

}  // namespace flashvideo
