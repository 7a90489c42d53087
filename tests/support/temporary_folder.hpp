// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace flashvideo::test {

/// A new folder that goes away with its content.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(std::filesystem::path parent = std::filesystem::temp_directory_path()) {
    std::string pattern = (parent / "flashvideo-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

  /// Names of everything inside, sorted by the caller if it matters.
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      result.push_back(entry.path().filename().string());
    }
    return result;
  }

 private:
  std::filesystem::path path_;
};

/// A folder in memory where the system has one: for tests that write thousands of files.
inline std::filesystem::path fast_parent() {
  std::error_code ignored;
  const bool has_memory =
      std::filesystem::is_directory("/dev/shm", ignored) && ::access("/dev/shm", W_OK) == 0;
  return has_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
}

inline std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// The message of the exception of type `Exception` that `action` throws; "nothing thrown" otherwise.
template <typename Exception, typename Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const Exception& caught) {
    return caught.what();
  }
  return "nothing thrown";
}

}  // namespace flashvideo::test
