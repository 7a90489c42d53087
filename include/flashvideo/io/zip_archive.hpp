// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Needs the component Archive (libzip); the umbrella does not include it.

#include <zip.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// The files of a zip archive, read by libzip. What they announce together is bounded before any is expanded, so that
/// a small archive cannot fill the memory.
/// @throws io_error when it cannot be opened
/// @throws format_error when it is no archive, damaged, or expands beyond `most_growth` and `always_allowed`
/// @code std::vector<std::byte> pickle = ZipArchive("weights.pt").read("archive/data.pkl"); @endcode
class ZipArchive {
 public:
  /// How many times as large as the archive its files may be together ...
  static constexpr zip_uint64_t most_growth = 100;
  /// ... and how many bytes they may have whatever its size.
  static constexpr zip_uint64_t always_allowed = zip_uint64_t{1} << 26;

  /// Opens and checks the archive's consistency.
  explicit ZipArchive(std::string path) : path_(std::move(path)) {
    int code = 0;
    archive_.reset(zip_open(path_.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
    if (archive_ != nullptr) {
      check_growth();
      return;
    }
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    const bool cannot_open = code == ZIP_ER_OPEN || code == ZIP_ER_NOENT || code == ZIP_ER_READ;
    require<io_error>(!cannot_open, "cannot open {}: {}", path_, reason);
    throw format_error(path_ + ": the zip archive cannot be read (" + reason + ")");
  }

  /// As given.
  const std::string& path() const { return path_; }

  /// Names of all files, in the archive's order.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const char* name = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), 0);
      if (name != nullptr) names.emplace_back(name);
    }
    return names;
  }

  /// Whether there is a file of that name.
  bool contains(const std::string& name) const {
    return zip_name_locate(archive_.get(), name.c_str(), 0) >= 0;
  }

  /// A file's bytes; its check sum is compared.
  std::vector<std::byte> read(const std::string& name) const {
    zip_stat_t entry;
    zip_stat_init(&entry);
    require<format_error>(
        zip_stat(archive_.get(), name.c_str(), 0, &entry) == 0 && (entry.valid & ZIP_STAT_SIZE) != 0,
        "{}: has no file {}", path_, name);
    std::unique_ptr<zip_file_t, Close> file(zip_fopen(archive_.get(), name.c_str(), 0));
    require<format_error>(file != nullptr, "{}: {} cannot be read ({})", path_, name,
                          zip_strerror(archive_.get()));
    std::vector<std::byte> bytes;
    for (zip_uint64_t done = 0; done < entry.size;) {  // grows with what is there, not with what is announced
      const auto piece =
          static_cast<std::size_t>((std::min<zip_uint64_t>)(entry.size - done, zip_uint64_t{1} << 24));
      bytes.resize(bytes.size() + piece);
      const zip_int64_t count = zip_fread(file.get(), bytes.data() + done, piece);
      require<format_error>(count > 0, "{}: {} is damaged ({})", path_, name, zip_file_strerror(file.get()));
      done += static_cast<zip_uint64_t>(count);
      bytes.resize(static_cast<std::size_t>(done));
    }
    std::byte beyond{};  // the check sum is compared at the file's end
    require<format_error>(zip_fread(file.get(), &beyond, 1) == 0, "{}: {} is damaged ({})", path_, name,
                          zip_file_strerror(file.get()));
    return bytes;
  }

 private:
  /// `read` takes no more bytes of a file than it announces, so the announced sizes are a bound.
  void check_growth() const {
    const zip_uint64_t size = std::filesystem::file_size(path_);
    const zip_uint64_t most = (std::max)(always_allowed, size * most_growth);
    const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
    zip_uint64_t announced = 0;
    for (zip_int64_t i = 0; i < count; ++i) {
      zip_stat_t entry;
      zip_stat_init(&entry);
      if (zip_stat_index(archive_.get(), static_cast<zip_uint64_t>(i), 0, &entry) != 0 ||
          (entry.valid & ZIP_STAT_SIZE) == 0)
        continue;  // `read` refuses it
      require<format_error>(
          entry.size <= most - announced,
          "{}: {} would expand an archive of {} bytes to more than {}, the most that is read "
          "({} times the archive, at least {})",
          path_, entry.name != nullptr ? entry.name : "a file", size, most, most_growth, always_allowed);
      announced += entry.size;
    }
  }

  struct Close {
    void operator()(zip_t* archive) const { zip_discard(archive); }
    void operator()(zip_file_t* file) const { zip_fclose(file); }
  };

  std::string path_;
  std::unique_ptr<zip_t, Close> archive_;
};

}  // namespace flashvideo
