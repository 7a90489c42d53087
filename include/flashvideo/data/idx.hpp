// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// An array of bytes with its extents, as the IDX files of MNIST hold it.
struct IdxArray {
  std::vector<index_t> extents;      ///< outermost first
  std::vector<std::uint8_t> values;  ///< row-major
};

/// Reads an IDX file of unsigned bytes: two zero bytes, the type 0x08, the number of dimensions, each extent
/// as four big-endian bytes, then the values. Source: yann.lecun.com/exdb/mnist, "the IDX file format".
/// @param path only named in errors
/// @throws format_error for another kind of file, another type, or a length that does not fit the extents
inline IdxArray parse_idx(std::span<const std::uint8_t> bytes, const std::string& path) {
  require<format_error>(bytes.size() >= 4 && bytes[0] == 0 && bytes[1] == 0,
                        "{}: not an IDX file, expected two zero bytes at offset 0", path);
  require<format_error>(bytes[2] == 0x08, "{}: IDX type is {} at offset 2, expected 8 (unsigned bytes)", path,
                        static_cast<int>(bytes[2]));
  const std::size_t rank = bytes[3];
  require<format_error>(bytes.size() >= 4 + 4 * rank,
                        "{}: cut off in the header of {} dimensions, at offset {}", path, rank, bytes.size());
  IdxArray array;
  const std::span<const std::uint8_t> values = bytes.subspan(4 + 4 * rank);
  index_t count = 1;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::uint8_t* at = bytes.data() + 4 + 4 * i;
    const index_t extent = (index_t{at[0]} << 24) | (index_t{at[1]} << 16) | (index_t{at[2]} << 8) | at[3];
    array.extents.push_back(extent);
    count *= extent;
    // checked at each step, so that no product of wrong extents overflows
    const bool possible = extent > 0 && count <= static_cast<index_t>(values.size());
    require<format_error>(possible, "{}: extent {} is {}, which does not fit a file of {} bytes", path, i,
                          extent, bytes.size());
  }
  require<format_error>(count == static_cast<index_t>(values.size()), "{}: holds {} values, expected {}",
                        path, values.size(), count);
  array.values.assign(values.begin(), values.end());
  return array;
}

}  // namespace flashvideo
