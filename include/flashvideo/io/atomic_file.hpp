// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/partial_name.hpp"

namespace flashvideo {

/// A file that appears under its name only when complete: bytes go to `<path>.flashvideo-partial` (or, where
/// a name has no room for that, to `.flashvideo-partial` beside it), `commit` flushes them to the disk and
/// renames; without `commit` (an exception, a return) the partial file is removed and what stood under the
/// name before stays. A partial file left by a killed process is reused; one that a live process is writing
/// is not touched. A symbolic link is followed to its target. A device or pipe under `path` is written in
/// place.
/// @throws io_error naming path and reason: no such folder, no permission, no space
/// @code
/// AtomicFile file("model.safetensors");
/// file.write(bytes);
/// file.commit();
/// @endcode
class AtomicFile {
 public:
  /// Makes the partial file; a path that cannot be written is refused here.
  explicit AtomicFile(std::string path) : path_(std::move(path)) {
    if (path_.empty()) throw_io_error("create", "a file without a name", ENOENT);
    struct stat status {};
    const bool exists = io_detail::find_status(path_, status);
    if (exists && S_ISDIR(status.st_mode)) throw_io_error("write", path_, EISDIR);
    if (exists && ::access(path_.c_str(), W_OK) != 0) throw_io_error("write", path_, errno);
    if (exists && !S_ISREG(status.st_mode)) {
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
      if (descriptor_ < 0) throw_io_error("write", path_, errno);
      return;
    }
    path_ = followed_path(std::move(path_));
    refuse_mount_point();
    open_partial();
    if (exists) keep_owner_and_mode(status);
  }

  /// The program's standard output, written in place.
  static AtomicFile standard_output() {
    AtomicFile file;
    file.path_ = "standard output";
    file.descriptor_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    if (file.descriptor_ < 0) throw_io_error("write", file.path_, errno);
    return file;
  }

  /// Takes over the other's file.
  AtomicFile(AtomicFile&& other) noexcept
      : path_(std::move(other.path_)),
        partial_(std::exchange(other.partial_, {})),
        descriptor_(std::exchange(other.descriptor_, -1)) {}
  AtomicFile& operator=(AtomicFile&&) = delete;

  ~AtomicFile() { discard(); }

  /// As it was given, or what messages call it.
  const std::string& path() const { return path_; }
  /// Where the bytes lie until `commit`; empty for what is written in place.
  const std::string& partial_path() const { return partial_; }

  /// @{
  /// Appends at the current position.
  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ::ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) throw_io_error("write", path_, count < 0 ? errno : ENOSPC);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }
  /// @}

  /// Moves the current position (bytes from the start), so that a header can be filled in later.
  void seek(index_t offset) {
    if (::lseek(descriptor_, offset, SEEK_SET) < 0) throw_io_error("seek in", path_, errno);
  }
  /// Bytes of the file so far.
  index_t size() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) throw_io_error("examine", path_, errno);
    return status.st_size;
  }
  /// False for a pipe or a device.
  bool is_seekable() const { return !partial_.empty(); }

  /// Flushes to the disk (not if `durable` is false: one of many files of a folder) and gives the file its
  /// name; nothing may be written afterwards.
  void commit(bool durable = true) {
    if (!partial_.empty()) {
      if (durable && ::fsync(descriptor_) != 0) throw_io_error("write", path_, errno);
      // Renamed while the lock is held: another writer then sees that the partial file has gone.
      if (std::rename(partial_.c_str(), path_.c_str()) != 0) throw_io_error("create", path_, errno);
      partial_.clear();
    }
    if (::close(std::exchange(descriptor_, -1)) != 0) throw_io_error("write", path_, errno);
    if (durable) io_detail::sync_folder_of(path_);
  }

  /// Removes what was written; the destructor does the same.
  void discard() noexcept {
    if (!partial_.empty()) ::unlink(partial_.c_str());
    partial_.clear();
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  AtomicFile() = default;

  /// A file that is itself mounted (into a container) cannot be renamed over: said before the work.
  void refuse_mount_point() const {
#if defined(STATX_ATTR_MOUNT_ROOT)
    struct statx status {};
    const bool known = ::statx(AT_FDCWD, path_.c_str(), 0, 0, &status) == 0;
    require<io_error>(!known || (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0,
                      "cannot replace {}: the file is a mount point, expected one in a mounted folder",
                      path_);
#endif
  }

  void open_partial() {
    const auto make = [](const char* name) {
      return ::open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    };
    const auto open = [](const char* name) { return ::open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW); };
    PathClaim claim = io_detail::claim_partial(path_, make, open, ::unlink);
    partial_ = std::move(claim.name);
    descriptor_ = claim.descriptor;
    if (::ftruncate(descriptor_, 0) != 0) throw_io_error("write", path_, errno);
  }

  void keep_owner_and_mode(const struct stat& status) const {
    static_cast<void>(::fchown(descriptor_, status.st_uid, status.st_gid));  // only root may
    static_cast<void>(::fchmod(descriptor_, status.st_mode & 07777));
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
