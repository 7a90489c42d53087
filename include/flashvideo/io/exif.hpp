// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flashvideo {

namespace io_detail {

/// The unsigned number of `count` bytes at `at`; 0 beyond the end.
inline std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t count,
                               bool little_endian) {
  std::uint32_t value = 0;
  if (at > bytes.size() || bytes.size() - at < count) return 0;
  for (std::size_t i = 0; i < count; ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + (little_endian ? count - 1 - i : i)]);
  }
  return value;
}

/// The orientation tag in the first directory of a TIFF structure (a .tif file, the content of an Exif
/// chunk); 0 without one.
inline int tiff_orientation(std::string_view tiff) {
  const bool little = tiff.starts_with("II");
  if (!(little || tiff.starts_with("MM")) || number_at(tiff, 2, 2, little) != 42) return 0;
  const std::size_t directory = number_at(tiff, 4, 4, little);
  const std::size_t entries = number_at(tiff, directory, 2, little);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (number_at(tiff, entry, 2, little) == 0x0112)
      return static_cast<int>(number_at(tiff, entry + 8, 2, little));
  }
  return 0;
}

}  // namespace io_detail

/// The orientation tag of a PNG (its eXIf chunk) or TIFF file, 1 .. 8 where the file is right; 0 without
/// one, and for other files. JPEG's and WebP's are given by FFmpeg.
/// @param file the file's bytes
inline int picture_orientation(std::string_view file) {
  if (!file.starts_with("\x89PNG")) return io_detail::tiff_orientation(file);
  for (std::size_t at = 8; at < file.size();) {
    const std::size_t length = io_detail::number_at(file, at, 4, false);
    const std::string_view kind = file.substr(at + 4 < file.size() ? at + 4 : file.size()).substr(0, 4);
    if (kind == "eXIf" && at + 8 <= file.size())
      return io_detail::tiff_orientation(file.substr(at + 8, length));
    at += 12 + length;  // length, kind, content, checksum
  }
  return 0;
}

}  // namespace flashvideo
