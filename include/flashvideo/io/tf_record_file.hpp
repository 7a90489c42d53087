// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/crc32c.hpp"
#include "flashvideo/io/file_kind.hpp"
#include "flashvideo/io/memory_map.hpp"

namespace flashvideo {

/// TensorFlow's record file, mapped: u64 length, u32 check sum of the length, the bytes, u32 check sum of the bytes,
/// all little-endian; a check sum is CRC-32C, turned by 15 bits and raised by 0xa282ead8.
///
/// Opening walks over the lengths; a record's own check sum is compared when it is read.
/// @throws io_error when it cannot be opened
/// @throws format_error naming path and record, when it is damaged
/// @code TfRecordFile file("traj_0_to_255.tfrecords"); std::span<const std::byte> record = file.record(0); @endcode
class TfRecordFile {
 public:
  /// Opens and walks over the lengths.
  explicit TfRecordFile(std::string path) : path_(std::move(path)), map_(path_) {
    const auto bytes = map_.bytes();
    refuse_empty_or_pointer(path_, map_.text());
    for (std::size_t at = 0; at < bytes.size();) {
      check(bytes.size() - at >= 16, "the file is truncated");
      std::uint64_t length = 0;
      for (std::size_t i = 0; i < 8; ++i) length |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
      check(sum_at(at + 8) == masked(bytes.subspan(at, 8)),
            "the check sum of its length is wrong (no TFRecord file?)");
      check(length <= bytes.size() - at - 16, "the file is truncated");
      records_.push_back({at + 12, static_cast<std::size_t>(length)});
      at += 16 + static_cast<std::size_t>(length);
    }
  }

  /// As given.
  const std::string& path() const { return path_; }
  /// Number of records.
  index_t size() const { return static_cast<index_t>(records_.size()); }

  /// The bytes of record i, where they lie in the mapped file.
  /// @throws value_error for a number outside 0 .. size() - 1
  /// @throws format_error when their check sum is wrong
  std::span<const std::byte> record(index_t i) const {
    require<value_error>(i >= 0 && i < size(), "TfRecordFile::record: number is {}, expected 0..{}", i,
                         size() - 1);
    const Place& place = records_[static_cast<std::size_t>(i)];
    const auto bytes = map_.bytes().subspan(place.begin, place.length);
    require<format_error>(sum_at(place.begin + place.length) == masked(bytes),
                          "{}, record {}: its check sum is wrong, the file is damaged", path_, i);
    return bytes;
  }

 private:
  struct Place {
    std::size_t begin, length;
  };

  void check(bool condition, const char* reason) const {
    require<format_error>(condition, "{}, record {}: {}", path_, records_.size(), reason);
  }
  static std::uint32_t masked(std::span<const std::byte> bytes) {
    const std::uint32_t crc = crc32c(bytes);
    return (crc >> 15 | crc << 17) + 0xA282EAD8U;
  }
  std::uint32_t sum_at(std::size_t at) const {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < 4; ++i)
      sum |= std::to_integer<std::uint32_t>(map_.bytes()[at + i]) << (8 * i);
    return sum;
  }

  std::string path_;
  MemoryMap map_;
  std::vector<Place> records_;
};

}  // namespace flashvideo
