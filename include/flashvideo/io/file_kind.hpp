// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// Names what a file is by its first bytes, for the sentence that says why it is not what was expected: "a
/// PNG picture". Empty when unknown.
/// @code
/// file_kind("\x89PNG\r\n\x1a\n") == "a PNG picture"
/// @endcode
inline std::string_view file_kind(std::string_view head) {
  struct Magic {
    std::size_t offset;
    std::string_view bytes;
    std::string_view kind;
  };
  using namespace std::string_view_literals;
  constexpr Magic magics[] = {
      {0, "version https://git-lfs"sv, "a Git LFS pointer (fetch the file itself with `git lfs pull`)"},
      {0, "\x89PNG"sv, "a PNG picture"},
      {0, "\xff\xd8\xff"sv, "a JPEG picture"},
      {0, "GIF8"sv, "a GIF picture"},
      {0, "PK\x03\x04"sv, "a zip archive (PyTorch's .pt files are)"},
      {0, "\x80\x02"sv, "a Python pickle"},
      {0, "\x80\x03"sv, "a Python pickle"},
      {0, "\x80\x04"sv, "a Python pickle"},
      {0, "\x80\x05"sv, "a Python pickle"},
      {0, "\x1f\x8b"sv, "gzip-compressed"},
      {0, "BZh"sv, "bzip2-compressed"},
      {0,
       "\xfd"
       "7zXZ"sv,
       "xz-compressed"},
      {0, "\x28\xb5\x2f\xfd"sv, "zstd-compressed"},
      {0, "\x93NUMPY"sv, "a NumPy array"},
      {0, "\x89HDF"sv, "an HDF5 file"},
      {0, "GGUF"sv, "a GGUF model"},
      {0,
       "\x7f"
       "ELF"sv,
       "a program"},
      {0, "%PDF"sv, "a PDF document"},
      {0, "YUV4MPEG2"sv, "a Y4M video"},
      {0, "RIFF"sv, "a RIFF file (AVI, WAV or WebP)"},
      {4, "ftyp"sv, "an MP4 video"},
      {0, "\x1a\x45\xdf\xa3"sv, "a Matroska or WebM video"},
      {0, "<!DOCTYPE"sv, "an HTML page"},
      {0, "<!doctype"sv, "an HTML page"},
      {0, "<html"sv, "an HTML page"},
      {0, "<?xml"sv, "an XML document"},
      {0, "{"sv, "JSON text"},
  };
  for (const Magic& magic : magics) {
    if (head.size() >= magic.offset && head.substr(magic.offset).starts_with(magic.bytes)) return magic.kind;
  }
  return {};
}

/// A file has content of its own, whatever was expected of it.
/// @throws format_error when it is empty or a Git LFS pointer
inline void refuse_empty_or_pointer(const std::string& path, std::string_view content) {
  require<format_error>(!content.empty(), "{}, byte 0: the file is empty", path);
  require<format_error>(!content.starts_with("version https://git-lfs"), "{}, byte 0: the file is {}", path,
                        file_kind(content));
}

}  // namespace flashvideo
