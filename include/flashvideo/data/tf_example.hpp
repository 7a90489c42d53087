// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/protobuf_fields.hpp"

namespace flashvideo {

/// The named features of a `tf.train.Example`, or of a `tf.train.SequenceExample`'s context, which is the same on
/// the wire: bytes or floats. Bytes stay where they lie in the record.
/// @throws format_error naming `where`, for bytes that are no such message
class TfExample {
 public:
  /// @param where for messages. @param record must outlive the object
  TfExample(std::string where, std::span<const std::byte> record) : where_(std::move(where)) {
    try {
      ProtobufFields message(record);
      while (const auto features = message.next()) {
        if (features->number != 1 || !features->is_bytes) continue;
        ProtobufFields map(features->bytes);
        while (const auto entry = map.next()) {
          if (entry->number == 1 && entry->is_bytes) read_entry(entry->bytes);
        }
      }
    } catch (const format_error& failure) {
      throw format_error(where_ + ": " + failure.what());
    }
  }

  /// Whether it has a feature of that name.
  bool contains(const std::string& name) const { return features_.contains(name); }

  /// The one byte string of a feature.
  /// @throws format_error naming it when absent or of another kind
  std::span<const std::byte> bytes(const std::string& name) const {
    const Feature& feature = find(name);
    require<format_error>(feature.bytes.size() == 1, "{}: feature {} holds {} byte strings, expected one",
                          where_, name, feature.bytes.size());
    return feature.bytes[0];
  }
  /// The floats of a feature.
  /// @throws format_error naming it when absent
  const std::vector<float>& floats(const std::string& name) const { return find(name).floats; }

 private:
  struct Feature {
    std::vector<std::span<const std::byte>> bytes{};
    std::vector<float> floats{};
  };

  const Feature& find(const std::string& name) const {
    const auto found = features_.find(name);
    require<format_error>(found != features_.end(), "{}: has no feature {}", where_, name);
    return found->second;
  }

  void read_entry(std::span<const std::byte> entry) {
    std::string name;
    Feature feature;
    ProtobufFields fields(entry);
    while (const auto field = fields.next()) {
      if (field->number == 1)
        name.assign(reinterpret_cast<const char*>(field->bytes.data()), field->bytes.size());
      if (field->number != 2) continue;
      ProtobufFields kinds(field->bytes);
      while (const auto kind = kinds.next()) {
        ProtobufFields values(kind->bytes);
        while (const auto value = values.next()) {
          if (value->number != 1) continue;
          if (kind->number == 1 && value->is_bytes) feature.bytes.push_back(value->bytes);
          if (kind->number == 2) add_floats(*value, feature.floats);
        }
      }
    }
    features_[name] = std::move(feature);
  }

  /// Packed or one by one.
  static void add_floats(const ProtobufField& field, std::vector<float>& floats) {
    if (!field.is_bytes) {
      floats.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(field.value)));
      return;
    }
    require<format_error>(field.bytes.size() % 4 == 0, "packed floats of {} bytes", field.bytes.size());
    for (std::size_t i = 0; i < field.bytes.size(); i += 4) {
      std::uint32_t bits = 0;
      for (std::size_t k = 0; k < 4; ++k)
        bits |= std::to_integer<std::uint32_t>(field.bytes[i + k]) << (8 * k);
      floats.push_back(std::bit_cast<float>(bits));
    }
  }

  std::string where_;
  std::map<std::string, Feature> features_;
};

}  // namespace flashvideo
