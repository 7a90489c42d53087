// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// One field of a protobuf message as it lies on the wire.
struct ProtobufField {
  std::uint64_t number = 0;            ///< of the field, as the schema numbers it
  std::uint64_t value = 0;             ///< of a varint, 64-bit or 32-bit field
  std::span<const std::byte> bytes{};  ///< of a length-delimited field
  bool is_bytes = false;               ///< whether it is length-delimited
};

/// The fields of a protobuf message, one after another, without its schema; groups are not read.
/// @code ProtobufFields fields(bytes); while (const auto field = fields.next()) use(*field); @endcode
class ProtobufFields {
 public:
  /// @param bytes the message; must outlive the fields
  explicit ProtobufFields(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// The next field; nothing at the end.
  /// @throws format_error for bytes that are no message
  std::optional<ProtobufField> next() {
    if (bytes_.empty()) return std::nullopt;
    const std::uint64_t key = varint();
    ProtobufField field;
    field.number = key >> 3;
    switch (key & 7) {
      case 0:
        field.value = varint();
        break;
      case 1:
        field.value = fixed(8);
        break;
      case 2: {
        const std::uint64_t length = varint();
        require<format_error>(length <= bytes_.size(),
                              "the message is truncated: a field of {} bytes, {} left", length,
                              bytes_.size());
        field.bytes = bytes_.first(static_cast<std::size_t>(length));
        field.is_bytes = true;
        bytes_ = bytes_.subspan(static_cast<std::size_t>(length));
        break;
      }
      case 5:
        field.value = fixed(4);
        break;
      default:
        throw format_error(formatted_message("the message has a field of wire type {}", key & 7));
    }
    return field;
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      require<format_error>(!bytes_.empty(), "the message is truncated within a number");
      const auto byte = std::to_integer<std::uint64_t>(bytes_.front());
      bytes_ = bytes_.subspan(1);
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw format_error("the message has a number of more than 64 bits");
  }
  std::uint64_t fixed(std::size_t width) {
    require<format_error>(bytes_.size() >= width, "the message is truncated within a number");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value |= std::to_integer<std::uint64_t>(bytes_[i]) << (8 * i);
    bytes_ = bytes_.subspan(width);
    return value;
  }

  std::span<const std::byte> bytes_;
};

}  // namespace flashvideo
