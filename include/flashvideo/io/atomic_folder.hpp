// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/folder_listing.hpp"
#include "flashvideo/io/partial_name.hpp"
#include "flashvideo/io/written_files.hpp"

namespace flashvideo {

namespace io_detail {

/// Claims a folder's partial name (see `claim_partial`).
inline int make_folder(const char* name) {
  if (::mkdir(name, 0777) != 0) return -1;
  return ::open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}
inline int open_folder(const char* name) {
  return ::open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}
inline void remove_folder(const std::string& name) noexcept {
  std::error_code ignored;
  std::filesystem::remove_all(name, ignored);
}

/// Names of everything in a folder, hidden files too.
inline std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Waits until no other process holds the folder; while it lives, none does.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor_ < 0) throw_io_error("write", folder, errno);
    while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() { ::close(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace io_detail

/// Makes or opens the folder `path` inside `folder` and holds it; without a descriptor when another process does.
/// @throws io_error when it can neither be made nor stands there, naming `folder`
inline PathClaim claim_folder(const std::string& folder, const std::string& path) {
  return io_detail::claim(folder, path, io_detail::make_folder, io_detail::open_folder);
}

/// A folder of files that appear together. They are written into a partial folder: for a new folder one
/// beside it, which takes its name at `commit`; for a folder that is there one inside it, whose files
/// `commit` moves out, so that the folder itself (a mount point, the target of a symbolic link, its mode and
/// owner) stays. Without `commit` nothing has changed. Of two runs the one that commits later wins whole.
/// What a killed run leaves is reused; a commit that was killed half way is completed by the next one.
///
/// Only files that an earlier run wrote and nobody has changed since (`WrittenFiles`) are replaced; a folder
/// with any other is refused at once, but for hidden files and what systems keep in every folder.
/// @throws io_error naming the path or the first foreign file
/// @code
/// AtomicFolder folder("frames");
/// folder.write("000000.png", bytes);
/// folder.commit();
/// @endcode
class AtomicFolder {
 public:
  /// Makes the partial folder; a folder with other files is refused here.
  explicit AtomicFolder(std::string path) : path_(std::move(path)) {
    guarded([&] {
      struct stat status {};
      is_new_ = !io_detail::find_status(path_, status);
      if (is_new_) {
        while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();  // "frames/" is "frames"
        path_ = followed_path(std::move(path_));
      } else {
        if (!S_ISDIR(status.st_mode)) throw_io_error("write", path_, ENOTDIR);
        const io_detail::FolderLock lock(path_);
        complete_interrupted();
        refuse_foreign();
      }
      partial_ = io_detail::claim_partial(is_new_ ? path_ : path_ + "/", io_detail::make_folder,
                                          io_detail::open_folder, io_detail::remove_folder);
      for (const std::string& name : io_detail::names_in(partial_.name)) {
        std::filesystem::remove_all(partial_.name + "/" + name);
      }
    });
  }
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;
  ~AtomicFolder() {
    if (!partial_.name.empty()) io_detail::remove_folder(partial_.name);
    give_up_claim();
  }

  /// Writes a file of the new content.
  void write(const std::string& name, std::span<const std::byte> content) {
    AtomicFile file(partial_.name + "/" + name);
    file.write(content);
    file.commit(false);
    written_.add(name, content);
  }

  /// Puts the new files into place; nothing may be written afterwards.
  void commit() {
    guarded([&] {
      written_.save(partial_.name);
      if (is_new_ && std::rename(partial_.name.c_str(), path_.c_str()) == 0) {
        give_up_claim();
        return;
      }
      if (is_new_ && errno != EEXIST && errno != ENOTEMPTY) throw_io_error("create", path_, errno);
      const io_detail::FolderLock lock(path_);
      complete_interrupted();
      std::filesystem::rename(partial_.name, whole());
      give_up_claim();
      complete_interrupted();
    });
    io_detail::sync_folder_of(path_ + "/");
    io_detail::sync_folder_of(path_);
  }

 private:
  template <typename Action>
  void guarded(const Action& action) const {
    try {
      action();
    } catch (const std::filesystem::filesystem_error& failure) {
      throw_io_error("write", path_, failure.code().value());
    }
  }

  void give_up_claim() {
    partial_.name.clear();
    if (partial_.descriptor >= 0) ::close(std::exchange(partial_.descriptor, -1));
  }

  /// The partial folder's name from the moment that its files replace the earlier ones.
  std::string whole() const { return path_ + "/.flashvideo-whole"; }

  void refuse(const std::string& name) const {
    throw io_error(formatted_message(
        "cannot write {}: the folder holds another file, {}; only what an earlier run wrote is replaced",
        path_, name));
  }

  void refuse_foreign() const {
    const WrittenFiles ours(path_);
    for (const std::filesystem::path& found : list_folder(path_)) {
      if (!ours.holds(found.filename().string())) refuse(found.filename().string());
    }
  }

  /// Moves the files of the whole folder out, after the earlier ones have gone; may be killed at any moment
  /// and done again. As long as the whole folder has its list, the earlier files have not all gone and none
  /// of its own has moved.
  void complete_interrupted() const {
    if (!std::filesystem::exists(whole())) return;
    const WrittenFiles earlier(path_);
    std::vector<std::string> names = io_detail::names_in(whole());
    const bool has_list = std::erase(names, WrittenFiles::list_name) > 0;
    for (const std::string& name : names) {
      if (std::filesystem::exists(path_ + "/" + name) && !earlier.holds(name)) refuse(name);
    }
    if (has_list) {
      for (const auto& [name, print] : earlier.prints()) {
        if (earlier.holds(name)) std::filesystem::remove(path_ + "/" + name);
      }
      names.insert(names.begin(), WrittenFiles::list_name);
    }
    for (const std::string& name : names) std::filesystem::rename(whole() + "/" + name, path_ + "/" + name);
    std::filesystem::remove(whole());
  }

  std::string path_;
  bool is_new_ = false;
  PathClaim partial_;
  WrittenFiles written_;
};

}  // namespace flashvideo
