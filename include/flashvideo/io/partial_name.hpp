// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// What files and folders that appear only when whole share: the names that they have until then, and how a
/// live writer's is told from the leavings of a dead one.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// For who calls the system: says what it refused.
/// @throws io_error naming verb, path and the system's reason: "cannot write a/b: No space left on device"
[[noreturn]] inline void throw_io_error(const char* verb, const std::string& path, int error_number) {
  throw io_error(
      formatted_message("cannot {} {}: {}", verb, path, std::generic_category().message(error_number)));
}

/// An open file or folder that no other process takes while it is open; whoever holds it closes it.
struct PathClaim {
  std::string name;     ///< its path
  int descriptor = -1;  ///< -1: another process holds it
};

}  // namespace flashvideo

namespace flashvideo::io_detail {

/// "a/" of "a/b", nothing of "b".
inline std::string folder_part(const std::string& path) {
  return path.substr(0, path.rfind('/') + 1);  // npos + 1 is 0
}

/// Makes a rename in `path`'s folder survive a power cut; file systems that cannot do so are left alone.
inline void sync_folder_of(const std::string& path) {
  const std::string folder = folder_part(path);
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace flashvideo::io_detail

namespace flashvideo {

/// What `path` leads to when it is a symbolic link, also one to a place where nothing stands yet.
inline std::string followed_path(std::string path) {
  char target[PATH_MAX];
  for (int links = 0;; ++links) {
    const ::ssize_t length = ::readlink(path.c_str(), target, sizeof(target));
    if (length < 0) return path;
    if (links == 40) throw_io_error("write", path, ELOOP);
    const std::string to(target, static_cast<std::size_t>(length));
    path = to[0] == '/' ? to : io_detail::folder_part(path) + to;
  }
}

}  // namespace flashvideo

namespace flashvideo::io_detail {

/// What `status` says of `path`, links followed; false when nothing stands there.
/// @throws io_error when nothing can be written there either: no permission, a name too long, a file where a
/// folder should be
inline bool find_status(const std::string& path, struct stat& status) {
  if (::stat(path.c_str(), &status) == 0) return true;
  if (errno != ENOENT) throw_io_error("create", path, errno);
  return false;
}

/// The name that `path` has until it is whole, in the same folder; `number` tells writers apart. The name of
/// a folder with its '/' gives one inside it. A name without room for an ending is replaced by the ending.
inline std::string partial_name(const std::string& path, int number) {
  const std::string folder = folder_part(path);
  const std::string ending = ".flashvideo-partial" + (number > 0 ? std::to_string(number) : "");
  const long longest = ::pathconf(folder.empty() ? "." : folder.c_str(), _PC_NAME_MAX);
  const std::size_t room = longest > 0 ? static_cast<std::size_t>(longest) : 255;
  return (path.size() - folder.size() + ending.size() <= room ? path : folder) + ending;
}

/// Makes or opens `name` and locks it; without a descriptor when another process holds it.
/// @throws io_error when it can neither be made nor stands there
/// @param make called with the name, makes it: a descriptor, or -1 and errno
/// @param open called with the name, opens what stands there
template <typename Make, typename Open>
PathClaim claim(const std::string& path, const std::string& name, const Make& make, const Open& open) {
  int descriptor = make(name.c_str());
  const bool is_new = descriptor >= 0;
  if (!is_new && errno != EEXIST) throw_io_error("create", path, errno);
  if (!is_new) descriptor = open(name.c_str());
  if (descriptor < 0) return {};
  // Where locks are unknown, only what is new is surely ours.
  const bool locked = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 || (is_new && errno != EWOULDBLOCK);
  struct stat ours {};
  struct stat named {};
  const bool still_named = locked && ::fstat(descriptor, &ours) == 0 && ::stat(name.c_str(), &named) == 0 &&
                           ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
  if (still_named && (is_new || ours.st_uid == ::geteuid())) return {name, descriptor};
  ::close(descriptor);
  return {};
}

/// Claims the first partial name of `path` that no live process holds, with what a dead one left there.
/// @param discard called with the names of further leavings
template <typename Make, typename Open, typename Discard>
PathClaim claim_partial(const std::string& path, const Make& make, const Open& open, const Discard& discard) {
  PathClaim ours;
  for (int number = 0;; ++number) {
    const std::string name = partial_name(path, number);
    if (ours.descriptor >= 0 && ::access(name.c_str(), F_OK) != 0) return ours;
    PathClaim next = claim(path, name, make, open);
    if (next.descriptor < 0) continue;
    if (ours.descriptor < 0) {
      ours = std::move(next);
    } else {
      discard(next.name.c_str());
      ::close(next.descriptor);
    }
  }
}

}  // namespace flashvideo::io_detail
