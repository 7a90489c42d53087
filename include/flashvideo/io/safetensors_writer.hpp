// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/dtype.hpp"
#include "flashvideo/io/dtype_conversion.hpp"
#include "flashvideo/io/json.hpp"

namespace flashvideo {

/// Collects tensors by reference and writes them as one safetensors file. Equal content gives equal bytes,
/// whatever the order of `add`: wide types come first, then names; so each tensor is aligned to its scalar.
/// The header is padded to 8 bytes. Nothing is copied until `write`, which streams each tensor.
/// @throws value_error when a name is used twice or an extent is negative
/// @throws shape_error when data and shape differ
/// @code
/// SafetensorsWriter writer;
/// writer.add<float>("head.weight", {512, 192}, weights);  // `weights` must live until write
/// writer.write("model.safetensors");
/// @endcode
class SafetensorsWriter {
 public:
  /// Takes the next bytes of a tensor.
  using Put = std::function<void(std::span<const std::byte>)>;
  /// Hands a tensor's bytes over, in order, in pieces of any size; called once by each `write`.
  using Producer = std::function<void(const Put&)>;

  /// A text under "__metadata__"; the last one of a key counts.
  void set_metadata(std::string_view key, std::string_view text) { metadata_[std::string(key)] = text; }

  /// A tensor whose bytes come from a function (a device, a converter, a file).
  void add(std::string name, DType dtype, std::vector<index_t> shape, Producer producer) {
    index_t bytes = dtype_size(dtype);
    for (const index_t extent : shape) {
      require<value_error>(extent >= 0, "SafetensorsWriter::add: \"{}\" has an extent {}, expected >= 0",
                           name, extent);
      bytes *= extent;
    }
    require<value_error>(name != "__metadata__",
                         "SafetensorsWriter::add: \"__metadata__\" is no tensor's name");
    const bool is_new =
        tensors_.emplace(name, Tensor{dtype, std::move(shape), bytes, std::move(producer)}).second;
    require<value_error>(is_new, "SafetensorsWriter::add: \"{}\" was added before", name);
  }

  /// A tensor that stays where it is until `write`.
  void add(std::string name, DType dtype, std::vector<index_t> shape, std::span<const std::byte> data) {
    check_size(name, shape, dtype, static_cast<index_t>(data.size()));
    add(std::move(name), dtype, std::move(shape), Producer([data](const Put& put) { put(data); }));
  }
  /// The same for typed elements.
  template <typename Scalar>
  void add(std::string name, std::vector<index_t> shape, std::type_identity_t<std::span<const Scalar>> data) {
    add(std::move(name), dtype_of<Scalar>, std::move(shape), std::as_bytes(data));
  }

  /// A tensor that the writer keeps itself.
  template <typename Scalar>
  void add_owned(std::string name, std::vector<index_t> shape, std::vector<Scalar> data) {
    const auto kept = std::make_shared<const std::vector<Scalar>>(std::move(data));
    const auto bytes = std::as_bytes(std::span<const Scalar>(*kept));
    check_size(name, shape, dtype_of<Scalar>, static_cast<index_t>(bytes.size()));
    add(std::move(name), dtype_of<Scalar>, std::move(shape),
        Producer([kept, bytes](const Put& put) { put(bytes); }));
  }

  /// Reals stored as F16, BF16, F32 or F64, converted piece by piece while writing.
  template <std::floating_point Scalar>
  void add_converted(std::string name, DType dtype, std::vector<index_t> shape,
                     std::type_identity_t<std::span<const Scalar>> data) {
    check_size(name, shape, dtype, static_cast<index_t>(data.size()) * dtype_size(dtype));
    require<value_error>(is_floating(dtype), "SafetensorsWriter::add_converted: {} is no floating-point type",
                         dtype_name(dtype));
    add(std::move(name), dtype, std::move(shape), Producer([dtype, data](const Put& put) {
          constexpr std::size_t piece = 1 << 16;
          std::vector<std::byte> buffer((std::min)(piece, data.size()) *
                                        static_cast<std::size_t>(dtype_size(dtype)));
          for (std::size_t begin = 0; begin < data.size(); begin += piece) {
            const std::size_t count = (std::min)(piece, data.size() - begin);
            convert_to_stored(dtype, data.data() + begin, static_cast<index_t>(count), buffer.data());
            put(std::span(buffer).first(count * static_cast<std::size_t>(dtype_size(dtype))));
          }
        }));
  }

  /// Writes the file; it appears under its name only when complete.
  /// @throws io_error when the disk refuses; the file before then stays
  void write(const std::string& path) const {
    std::vector<const Item*> order;
    for (const Item& item : tensors_) order.push_back(&item);
    std::stable_sort(order.begin(), order.end(), [](const Item* a, const Item* b) {
      return dtype_size(a->second.dtype) > dtype_size(b->second.dtype);
    });

    AtomicFile file(path);
    file.write(header_text(order));
    for (const Item* item : order) {
      index_t left = item->second.bytes;
      const Put put = [&](std::span<const std::byte> bytes) {
        left -= static_cast<index_t>(bytes.size());
        file.write(bytes);
      };
      item->second.producer(put);
      require<shape_error>(left == 0, "SafetensorsWriter::write: \"{}\" was given {} bytes, expected {}",
                           item->first, item->second.bytes - left, item->second.bytes);
    }
    file.commit();
  }

 private:
  struct Tensor {
    DType dtype;
    std::vector<index_t> shape;
    index_t bytes;
    Producer producer;
  };
  using Item = std::pair<const std::string, Tensor>;

  static void check_size(const std::string& name, const std::vector<index_t>& shape, DType dtype,
                         index_t bytes) {
    index_t expected = dtype_size(dtype);
    for (const index_t extent : shape) expected *= extent;
    require<shape_error>(bytes == expected,
                         "SafetensorsWriter::add: \"{}\" has {} bytes of data, its shape needs {}", name,
                         bytes, expected);
  }

  /// The length, the JSON and spaces up to a multiple of 8.
  std::string header_text(const std::vector<const Item*>& order) const {
    Json header = Json::object();
    if (!metadata_.empty()) {
      Json texts = Json::object();
      for (const auto& [key, text] : metadata_) texts.set(key, text);
      header.set("__metadata__", std::move(texts));
    }
    std::string json = header.dump();
    json.pop_back();
    index_t offset = 0;
    for (const Item* item : order) {
      const Tensor& tensor = item->second;
      Json entry = Json::object();
      entry.set("dtype", dtype_name(tensor.dtype));
      entry.set("shape", Json::array_of(tensor.shape));
      entry.set("data_offsets", Json::array_of(std::vector<index_t>{offset, offset + tensor.bytes}));
      if (json.size() > 1) json += ',';
      io_detail::append_json_string(json, item->first);
      json += ':';
      entry.append_to(json);
      offset += tensor.bytes;
    }
    json += '}';
    json.append((8 - json.size() % 8) % 8, ' ');
    std::string length(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(json.size() >> (8 * i) & 0xFF);
    return length + json;
  }

  std::map<std::string, std::string> metadata_;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace flashvideo
