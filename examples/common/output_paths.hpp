// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "flashvideo/io/folder_listing.hpp"
#include "flashvideo/io/partial_name.hpp"
#include "usage_error.hpp"

namespace example {

/// A path of the command line with the option that names it; an empty path was not given.
struct NamedPath {
  std::string option;
  std::string path;
};

/// What tells one file from another whatever its name: device and number; of what is not there yet, its
/// folder's and its name.
inline std::string identity_of(const std::string& path) {
  struct stat status {};
  if (path == "-") return path;
  if (::stat(path.empty() ? "." : path.c_str(), &status) == 0) {
    return fmt::format("{}:{}", status.st_dev, status.st_ino);
  }
  std::filesystem::path place = flashvideo::followed_path(path);
  if (!place.has_filename()) place = place.parent_path();  // "frames/"
  if (!place.has_parent_path()) return identity_of("") + "/" + place.string();
  return identity_of(place.parent_path().string()) + "/" + place.filename().string();
}

/// The identity of the folder that a file or folder lies in.
inline std::string folder_identity_of(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return identity_of(path + "/..");
  std::filesystem::path place = path;
  if (!place.has_filename()) place = place.parent_path();
  return identity_of(place.parent_path().string());
}

/// Throws usage_error when writing an output would change an input or another output: they are the same
/// file by whatever name, a folder that is replaced holds the other one, or a picture would come into a
/// folder whose pictures are read. Call it before any work.
/// @code
///   refuse_overwriting({{"--first-frames", first}}, {{"--output", "star.mp4"}});
/// @endcode
inline void refuse_overwriting(const std::vector<NamedPath>& inputs, const std::vector<NamedPath>& outputs) {
  std::map<std::string, const NamedPath*> places;
  const auto find = [&places](const std::string& identity) -> const NamedPath* {
    const auto found = places.find(identity);
    return found != places.end() ? found->second : nullptr;
  };
  const auto refuse = [](const NamedPath& output, const char* verb, const NamedPath& other) {
    throw usage_error(
        fmt::format("{} {} {} {} {}", output.option, output.path, verb, other.option, other.path));
  };
  for (const NamedPath& output : outputs) {
    std::error_code ignored;
    if (std::filesystem::is_character_file(output.path, ignored)) continue;  // /dev/null takes anything
    const auto [place, is_new] = places.emplace(identity_of(output.path), &output);
    if (!is_new) refuse(output, "is the same file as", *place->second);
  }
  for (const NamedPath& input : inputs) {
    if (input.path.empty()) continue;
    if (const NamedPath* output = find(identity_of(input.path))) refuse(*output, "would overwrite", input);
    if (const NamedPath* output = find(folder_identity_of(input.path))) {
      refuse(*output, "is a folder that holds", input);
    }
  }
  for (const NamedPath& output : outputs) {
    if (output.path == "-") continue;
    const std::string folder = folder_identity_of(output.path);
    const NamedPath* other = find(folder);
    if (other != nullptr && other != &output) refuse(output, "lies in", *other);
    if (flashvideo::lower_case_extension(output.path) != ".png") continue;
    for (const NamedPath& input : inputs) {
      if (!input.path.empty() && folder == identity_of(input.path))
        refuse(output, "would join the pictures of", input);
    }
  }
}

}  // namespace example
