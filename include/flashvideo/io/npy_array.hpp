// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/pickle_globals.hpp"
#include "flashvideo/io/pickle_value.hpp"

namespace flashvideo {

/// Reads NumPy's .npy bytes (versions 1 to 3): the magic, a header
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`, then the numbers.
/// @param where for messages. @param bytes must outlive the tensor
/// @throws format_error for another kind, an unknown type (objects among them) or too few numbers
inline PickleTensor read_npy(const std::string& where, std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  require<format_error>(text.size() >= 12 && text.starts_with("\x93NUMPY"), "{}: is no .npy array", where);
  const bool is_long = text[6] >= 2;
  std::size_t length = 0;
  for (std::size_t i = 0; i < (is_long ? 4U : 2U); ++i)
    length |= static_cast<std::size_t>(static_cast<unsigned char>(text[8 + i])) << (8 * i);
  const std::size_t begin = is_long ? 12 : 10;
  require<format_error>(length <= text.size() - begin, "{}: the .npy header is truncated", where);
  const std::string_view header = text.substr(begin, length);
  // The text after "key':", without blanks.
  const auto after = [&](std::string_view key) {
    const std::size_t at = header.find(key);
    require<format_error>(at != std::string_view::npos, "{}: the .npy header has no {}", where, key);
    std::string_view rest = header.substr(at + key.size());
    while (!rest.empty() && (rest[0] == '\'' || rest[0] == ':' || rest[0] == ' ')) rest.remove_prefix(1);
    return rest;
  };
  PickleTensor tensor;
  const std::string_view description = after("descr");
  const std::string_view type = description.substr(0, description.find('\''));
  const std::optional<DType> dtype = io_detail::numpy_dtype(type);
  require<format_error>(dtype.has_value(), "{}: holds {}, which are no numbers that are known", where,
                        type.substr(0, 20));
  tensor.dtype = *dtype;
  tensor.swapped = type.starts_with(">");
  std::string_view shape = after("shape");
  require<format_error>(shape.starts_with("("), "{}: the .npy header's shape is no tuple", where);
  shape = shape.substr(1, shape.find(')') - 1);
  while (!shape.empty()) {
    if (shape[0] == ',' || shape[0] == ' ') {
      shape.remove_prefix(1);
      continue;
    }
    index_t extent = -1;
    const auto end = std::from_chars(shape.data(), shape.data() + shape.size(), extent);
    require<format_error>(end.ec == std::errc(), "{}: the .npy header's shape holds no number", where);
    tensor.shape.push_back(extent);
    shape.remove_prefix(static_cast<std::size_t>(end.ptr - shape.data()));
  }
  const bool is_fortran = after("fortran_order").starts_with("True");
  tensor.bytes = bytes.subspan(begin + length);
  const std::optional<index_t> count = io_detail::checked_elements(tensor.shape);
  require<format_error>(
      count && static_cast<index_t>(tensor.bytes.size()) >= *count * dtype_size(tensor.dtype),
      "{}: has {} bytes of numbers, its shape needs more", where, tensor.bytes.size());
  tensor.strides = io_detail::dense_strides(tensor.shape, is_fortran);
  return tensor;
}

}  // namespace flashvideo
