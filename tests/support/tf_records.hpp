// SPDX-License-Identifier: MIT
#pragma once
/// TFRecord files and `tf.train.Example`s for tests, written byte by byte.

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "flashvideo/io/crc32c.hpp"
#include "support/pickles.hpp"

namespace flashvideo::test {

inline std::string varint(std::uint64_t value) {
  std::string text;
  for (; value > 127; value >>= 7) text += static_cast<char>((value & 127) | 128);
  return text + static_cast<char>(value);
}
/// A length-delimited field.
inline std::string field(std::uint64_t number, const std::string& payload) {
  return varint(number << 3 | 2) + varint(payload.size()) + payload;
}
inline std::string raw_floats(const std::vector<float>& values) {
  std::string bytes(values.size() * 4, '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}
inline std::string bytes_feature(const std::string& bytes) { return field(1, field(1, bytes)); }
inline std::string float_feature(const std::vector<float>& values) {
  return field(2, field(1, raw_floats(values)));
}
inline std::string feature_entry(const std::string& name, const std::string& feature) {
  return field(1, field(1, name) + field(2, feature));
}
inline std::string example(const std::string& entries) { return field(1, entries); }

inline std::string record(const std::string& payload) {
  const auto masked = [](const std::string& bytes) {
    const std::uint32_t crc = crc32c(bytes_of(bytes));
    return little_endian((crc >> 15 | crc << 17) + 0xA282EAD8U, 4);
  };
  const std::string length = little_endian(payload.size(), 8);
  return length + masked(length) + payload + masked(payload);
}

}  // namespace flashvideo::test
