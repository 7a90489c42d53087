// SPDX-License-Identifier: MIT
#pragma once
/// Zip archives for tests, by libzip, stored without compression as PyTorch does unless another way is asked for.

#include <zip.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace flashvideo::test {

inline void write_zip(const std::string& path, const std::vector<std::pair<std::string, std::string>>& files,
                      zip_int32_t compression = ZIP_CM_STORE) {
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  if (archive == nullptr) throw std::runtime_error("zip_open");
  for (const auto& [name, content] : files) {
    zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
    const zip_int64_t index = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) throw std::runtime_error("zip_file_add");
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), compression, 0);
  }
  if (zip_close(archive) != 0) throw std::runtime_error("zip_close");
}

}  // namespace flashvideo::test
