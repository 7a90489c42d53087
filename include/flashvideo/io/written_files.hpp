// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/fingerprint.hpp"
#include "flashvideo/io/memory_map.hpp"

namespace flashvideo {

/// What this library has written into a folder whose file names it chose itself: the names and fingerprints,
/// kept in the hidden file `.flashvideo-files` of the folder. So a later run knows which files it may
/// replace: those listed whose content nobody has changed since. A folder without the list holds none of
/// ours.
/// @code
/// WrittenFiles ours("frames");
/// if (ours.holds("000000.png")) std::filesystem::remove("frames/000000.png");
/// @endcode
class WrittenFiles {
 public:
  static constexpr const char* list_name = ".flashvideo-files";  ///< the list's own

  /// An empty list.
  WrittenFiles() = default;
  /// The list of a folder; empty when it has none.
  explicit WrittenFiles(const std::string& folder) : folder_(folder) {
    struct stat status {};
    if (::stat((folder + "/" + list_name).c_str(), &status) != 0) return;
    const MemoryMap list(folder + "/" + list_name);
    std::string_view text = list.text();
    while (text.size() > digits) {  // "<16 digits> <name>\n"
      const std::string_view line = text.substr(0, text.find('\n'));
      if (line.size() > digits + 1) prints_[std::string(line.substr(digits + 1))] = line.substr(0, digits);
      text.remove_prefix((std::min)(line.size() + 1, text.size()));
    }
  }

  /// A file that was just written with this content.
  void add(const std::string& name, std::span<const std::byte> content) { prints_[name] = print_of(content); }

  /// Whether the folder's file of this name is as it was written.
  bool holds(const std::string& name) const {
    const auto found = prints_.find(name);
    struct stat status {};
    const std::string path = folder_ + "/" + name;
    if (found == prints_.end() || ::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
      return false;
    return print_of(MemoryMap(path).bytes()) == found->second;
  }

  /// The names in order, with their fingerprints.
  const std::map<std::string, std::string>& prints() const { return prints_; }

  /// Writes the list into a folder.
  void save(const std::string& folder) const {
    std::string text;
    for (const auto& [name, print] : prints_) text += print + ' ' + name + '\n';
    write_file(folder + "/" + list_name, text);
  }

 private:
  static constexpr std::size_t digits = 16;

  static std::string print_of(std::span<const std::byte> content) {
    Fingerprint print;
    print.add_bytes(content);
    return print.text();
  }

  std::string folder_;
  std::map<std::string, std::string> prints_;
};

}  // namespace flashvideo
