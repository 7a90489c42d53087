// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/dtype.hpp"
#include "flashvideo/io/dtype_conversion.hpp"
#include "flashvideo/io/file_kind.hpp"
#include "flashvideo/io/json.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/memory_map.hpp"

namespace flashvideo {

/// One tensor of a file: what it is and where its bytes lie in the mapped file.
struct TensorInfo {
  std::string name;                  ///< as the file has it
  DType dtype = DType::F32;          ///< of the stored elements
  std::vector<index_t> shape;        ///< outermost first; empty for a scalar
  std::span<const std::byte> bytes;  ///< row-major, little endian, any alignment

  /// Product of the extents.
  index_t element_count() const { return static_cast<index_t>(bytes.size()) / dtype_size(dtype); }
};

/// A mapped safetensors file. The whole header is checked on opening, so every tensor found lies inside the
/// file, fits its shape and overlaps no other.
/// @code
/// SafetensorsFile file("model.safetensors");
/// std::vector<float> weight = file.read<float>("head.weight", {512, 192});
/// @endcode
class SafetensorsFile {
 public:
  /// Maps the file and checks its header.
  /// @throws io_error when it cannot be opened
  /// @throws format_error naming path and byte when it is empty, truncated, a Git LFS pointer, of another kind,
  /// or contradictory
  template <typename = void>  // like what it calls, so that only who opens a file compiles it
  explicit SafetensorsFile(const std::string& path) : path_(path), map_(path) {
    parse_header();
    check_layout();
    sort_tensors([](const TensorInfo& a, const TensorInfo& b) { return a.name < b.name; });
    for (const TensorInfo& tensor : tensors_) names_.push_back(tensor.name);
  }

  /// As it was given.
  const std::string& path() const { return path_; }
  /// The texts under "__metadata__".
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Names of all tensors, sorted.
  const std::vector<std::string>& names() const { return names_; }
  /// All tensors, sorted by name.
  const std::vector<TensorInfo>& tensors() const { return tensors_; }

  /// Whether there is a tensor of that name.
  bool contains(std::string_view name) const { return lookup(name) != nullptr; }

  /// The tensor of that name.
  /// @throws format_error naming file and tensor when it is absent
  const TensorInfo& find(std::string_view name) const {
    const TensorInfo* tensor = lookup(name);
    require<format_error>(tensor != nullptr, "{}: has no tensor \"{}\"", path_, name);
    return *tensor;
  }

  /// The metadata text of that name.
  /// @throws format_error naming file and key when it is absent
  const std::string& metadata(std::string_view key) const {
    const auto found = metadata_.find(std::string(key));
    require<format_error>(found != metadata_.end(), "{}: has no metadata \"{}\"", path_, key);
    return found->second;
  }

  /// Copies a tensor out, converted to `Scalar`: reals take every stored type, integers only stored integers.
  /// @throws format_error when the tensor is absent or an integer does not fit
  template <typename Scalar>
  std::vector<Scalar> read(std::string_view name) const {
    static_assert(!std::same_as<Scalar, bool>, "flashvideo::SafetensorsFile: read booleans as std::uint8_t.");
    const TensorInfo& tensor = find(name);
    std::vector<Scalar> values(static_cast<std::size_t>(tensor.element_count()));
    read_into(tensor, std::span<Scalar>(values));
    return values;
  }

  /// @{
  /// The same, after `check_shape`.
  template <typename Scalar>
  std::vector<Scalar> read(std::string_view name, std::span<const index_t> expected_shape) const {
    check_shape(name, expected_shape);
    return read<Scalar>(name);
  }
  template <typename Scalar>
  std::vector<Scalar> read(std::string_view name, std::initializer_list<index_t> expected_shape) const {
    return read<Scalar>(name, std::span<const index_t>(expected_shape.begin(), expected_shape.size()));
  }
  /// @}

  /// Copies a tensor into the caller's memory.
  /// @throws shape_error when the number of elements differs
  template <typename Scalar>
  void read_into(std::string_view name, std::span<Scalar> out) const {
    read_into(find(name), out);
  }

  /// Compares the stored shape.
  /// @throws format_error naming path, tensor and both shapes when they differ
  void check_shape(std::string_view name, std::span<const index_t> expected) const {
    const TensorInfo& tensor = find(name);
    require<format_error>(
        std::equal(expected.begin(), expected.end(), tensor.shape.begin(), tensor.shape.end()),
        "{}: tensor \"{}\" has shape {}, expected {}", path_, name, extents_text(tensor.shape),
        extents_text(expected));
  }

  /// The tensor's elements where they lie in the mapped file, without a copy.
  /// @throws format_error when they are stored as another type or at an address that `Scalar` may not have
  template <typename Scalar>
  std::span<const Scalar> view(std::string_view name) const {
    const TensorInfo& tensor = find(name);
    require<format_error>(tensor.dtype == dtype_of<Scalar>, "{}: tensor \"{}\" is {}, expected {}", path_,
                          name, dtype_name(tensor.dtype), dtype_name(dtype_of<Scalar>));
    const bool aligned = reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % alignof(Scalar) == 0;
    require<format_error>(aligned, "{}, byte {}: tensor \"{}\" is misaligned for {}, read a copy instead",
                          path_, tensor.bytes.data() - map_.bytes().data(), name, dtype_name(tensor.dtype));
    return {reinterpret_cast<const Scalar*>(tensor.bytes.data()), tensor.bytes.size() / sizeof(Scalar)};
  }

  /// Pages of a tensor that is read leave this process's memory; they are loaded again when touched.
  void release(std::string_view name) const { map_.release(find(name).bytes); }

 private:
  static constexpr std::uint64_t max_header_bytes = 100'000'000;  // as the reference implementation

  static std::string extents_text(std::span<const index_t> extents) {
    std::string text = "(";
    for (const index_t extent : extents) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
    return text + ")";
  }

  template <typename... Args>
  void check(bool condition, index_t offset, typename MessageFor<Args...>::type reason,
             const Args&... args) const {
    if (!condition) [[unlikely]] {
      throw format_error(path_ + ", byte " + std::to_string(offset) + ": " +
                         formatted_message<Args...>(reason, args...));
    }
  }

  const TensorInfo* lookup(std::string_view name) const {
    const auto found = std::lower_bound(tensors_.begin(), tensors_.end(), name,
                                        [](const TensorInfo& a, std::string_view b) { return a.name < b; });
    return found != tensors_.end() && found->name == name ? &*found : nullptr;
  }

  template <typename Scalar>
  void read_into(const TensorInfo& tensor, std::span<Scalar> out) const {
    require<shape_error>(static_cast<index_t>(out.size()) == tensor.element_count(),
                         "SafetensorsFile::read_into: out has {} elements, expected {} of tensor \"{}\"",
                         out.size(), tensor.element_count(), tensor.name);
    require<format_error>(std::floating_point<Scalar> || !is_floating(tensor.dtype),
                          "{}: tensor \"{}\" is {}, expected integers", path_, tensor.name,
                          dtype_name(tensor.dtype));
    const index_t misfit =
        convert_from_stored(tensor.dtype, tensor.bytes.data(), tensor.element_count(), out.data());
    require<format_error>(misfit < 0, "{}: element {} of tensor \"{}\" does not fit {}", path_, misfit,
                          tensor.name, dtype_name(dtype_of<Scalar>));
  }

  template <typename = void>
  void parse_header() {
    const std::string_view text = map_.text();
    refuse_empty_or_pointer(path_, text);
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < 8 && i < text.size(); ++i) {
      length |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])) << (8 * i);
    }
    const bool plausible = text.size() > 8 && length <= text.size() - 8 && text[8] == '{';
    if (const std::string_view kind = file_kind(text); !plausible && !kind.empty()) {
      check(false, 0, "the file is {}, expected a safetensors file", kind);
    }
    check(text.size() >= 8, 0, "the file is truncated: {} bytes, expected at least 8", text.size());
    check(length <= max_header_bytes, 0, "a header of {} bytes, expected at most {} (no safetensors file)",
          length, max_header_bytes);
    check(length <= text.size() - 8, 8, "the file is truncated: {} bytes of header announced, {} left",
          length, text.size() - 8);
    check(plausible, 8, "the header does not start with '{{' (no safetensors file)");

    data_begin_ = 8 + static_cast<std::size_t>(length);
    const Json header = parse_json(text.substr(8, static_cast<std::size_t>(length)), path_, 8);
    for (std::size_t i = 0; i < header.keys().size(); ++i) {
      if (header.keys()[i] == "__metadata__") {
        parse_metadata(header.values()[i]);
      } else {
        parse_tensor(header.keys()[i], header.values()[i]);
      }
    }
  }

  template <typename = void>
  void parse_metadata(const Json& value) {
    check(value.is_object(), 8, "\"__metadata__\" is no object");
    for (std::size_t i = 0; i < value.keys().size(); ++i) {
      check(value.values()[i].is_string(), 8, "metadata \"{}\" is no string", value.keys()[i]);
      metadata_[value.keys()[i]] = value.values()[i].as_string();
    }
  }

  /// The non-negative integers of the array under `key`.
  template <typename = void>
  std::vector<index_t> parse_extents(const std::string& name, const Json& entry, const char* key) const {
    const Json* array = entry.find(key);
    check(array != nullptr && array->is_array(), 8, "tensor \"{}\" has no array \"{}\"", name, key);
    std::vector<index_t> extents;
    for (const Json& extent : array->as_array()) {
      check(extent.is_integer() && extent.as_integer() >= 0, 8,
            "\"{}\" of tensor \"{}\" holds {}, expected integers >= 0", key, name, extent.dump());
      extents.push_back(extent.as_integer());
    }
    return extents;
  }

  template <typename = void>
  void parse_tensor(const std::string& name, const Json& entry) {
    check(entry.is_object(), 8, "tensor \"{}\" is described by no object", name);
    const Json* dtype_text = entry.find("dtype");
    check(dtype_text != nullptr && dtype_text->is_string(), 8, "tensor \"{}\" has no \"dtype\"", name);
    const std::optional<DType> dtype = dtype_from_name(dtype_text->as_string());
    check(dtype.has_value(), 8, "tensor \"{}\" has the unknown dtype {}", name, dtype_text->dump());

    TensorInfo tensor{name, *dtype, parse_extents(name, entry, "shape"), {}};
    const std::vector<index_t> offsets = parse_extents(name, entry, "data_offsets");
    check(offsets.size() == 2 && offsets[0] <= offsets[1], 8,
          "\"data_offsets\" of tensor \"{}\" are no [begin, end]", name);
    const std::span<const std::byte> data = map_.bytes().subspan(data_begin_);
    const index_t begin = static_cast<index_t>(data_begin_) + offsets[0];
    check(offsets[1] <= static_cast<index_t>(data.size()), begin,
          "the file is truncated: tensor \"{}\" ends {} bytes after the file's end", name,
          offsets[1] - static_cast<index_t>(data.size()));

    index_t bytes = dtype_size(*dtype);
    bool has_zero = false;
    for (const index_t extent : tensor.shape) has_zero = has_zero || extent == 0;
    for (const index_t extent : tensor.shape) {
      const bool fits = has_zero || bytes <= (std::numeric_limits<index_t>::max)() / extent;
      check(fits, 8, "the shape {} of tensor \"{}\" is too large", extents_text(tensor.shape), name);
      bytes = has_zero ? 0 : bytes * extent;
    }
    check(bytes == offsets[1] - offsets[0], begin, "tensor \"{}\" has {} bytes, its shape {} of {} needs {}",
          name, offsets[1] - offsets[0], extents_text(tensor.shape), dtype_name(*dtype), bytes);
    tensor.bytes = data.subspan(static_cast<std::size_t>(offsets[0]), static_cast<std::size_t>(bytes));
    tensors_.push_back(std::move(tensor));
  }

  // One std::sort for both orders: compiling it twice shows in the umbrella's time.
  template <typename = void>
  void sort_tensors(bool (*before)(const TensorInfo&, const TensorInfo&)) {
    std::sort(tensors_.begin(), tensors_.end(), before);
  }

  /// Every byte after the header belongs to exactly one tensor.
  template <typename = void>
  void check_layout() {
    sort_tensors([](const TensorInfo& a, const TensorInfo& b) {
      return a.bytes.data() != b.bytes.data() ? a.bytes.data() < b.bytes.data()
                                              : a.bytes.size() < b.bytes.size();
    });
    const std::byte* expected = map_.bytes().data() + data_begin_;
    for (const TensorInfo& tensor : tensors_) {
      const index_t offset = tensor.bytes.data() - map_.bytes().data();
      check(tensor.bytes.data() >= expected, offset, "tensor \"{}\" overlaps the one before", tensor.name);
      check(tensor.bytes.data() == expected, offset, "{} bytes before tensor \"{}\" belong to none",
            tensor.bytes.data() - expected, tensor.name);
      expected = tensor.bytes.data() + tensor.bytes.size();
    }
    const index_t rest = map_.bytes().data() + map_.bytes().size() - expected;
    check(rest == 0, expected - map_.bytes().data(), "{} bytes after the last tensor belong to none", rest);
  }

  std::string path_;
  MemoryMap map_;
  std::size_t data_begin_ = 0;
  std::map<std::string, std::string> metadata_;
  std::vector<TensorInfo> tensors_;  // by name
  std::vector<std::string> names_;
};

}  // namespace flashvideo
