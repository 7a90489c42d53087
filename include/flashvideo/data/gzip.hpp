// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Needs zlib (linked by the component Video); the umbrella does not include it.

#include <zlib.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// The bytes of a gzip file, or of a plain file as they are.
/// @throws io_error when it cannot be opened
/// @throws format_error when it is damaged or cut off
/// @code std::vector<std::uint8_t> bytes = read_gzip_file("train-images-idx3-ubyte.gz"); @endcode
inline std::vector<std::uint8_t> read_gzip_file(const std::string& path) {
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };
  errno = 0;
  const std::unique_ptr<gzFile_s, Close> file(gzopen(path.c_str(), "rb"));
  require<io_error>(file != nullptr, "cannot open {}: {}", path, std::generic_category().message(errno));
  constexpr std::size_t piece = 1 << 16;
  std::vector<std::uint8_t> bytes;
  while (true) {
    const std::size_t before = bytes.size();
    bytes.resize(before + piece);
    const int count = gzread(file.get(), bytes.data() + before, static_cast<unsigned>(piece));
    int status = Z_OK;
    const char* reason = gzerror(file.get(), &status);
    require<format_error>(count >= 0 && status >= 0, "{}: damaged gzip data after {} bytes: {}", path, before,
                          reason);
    bytes.resize(before + static_cast<std::size_t>(count));
    if (static_cast<std::size_t>(count) < piece) return bytes;
  }
}

}  // namespace flashvideo
