// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/pickle_value.hpp"

namespace flashvideo {

/// A named tensor of a weight file in any layout; `bytes` of the tensor are set.
struct ArchivedTensor {
  std::string name;     ///< nested keys joined
  PickleTensor tensor;  ///< type, extents, and where the numbers lie

  /// Product of the extents.
  index_t element_count() const {
    index_t count = 1;
    for (const index_t extent : tensor.shape) count *= extent;
    return count;
  }

  /// The numbers row-major in this machine's byte order.
  /// @throws format_error when they lie beyond their memory, or repeat it to more than 64 MB
  std::vector<std::byte> dense_bytes() const {
    const auto width = static_cast<std::size_t>(dtype_size(tensor.dtype));
    const index_t count = element_count();
    const std::optional<index_t> last = tensor.last_place();
    require<format_error>(last.has_value(), "tensor \"{}\" has extents and strides that no memory has", name);
    require<format_error>(static_cast<std::size_t>(*last + 1) * width <= tensor.bytes.size(),
                          "tensor \"{}\" needs {} bytes, its memory has {}", name,
                          (*last + 1) * static_cast<index_t>(width), tensor.bytes.size());
    const std::size_t most = (std::max)(tensor.bytes.size(), std::size_t{64} << 20);
    require<format_error>(static_cast<std::size_t>(count) <= most / width,
                          "tensor \"{}\" repeats {} bytes to {} numbers, more than 64 MB", name,
                          tensor.bytes.size(), count);
    std::vector<std::byte> out(static_cast<std::size_t>(count) * width);
    std::vector<index_t> at(tensor.shape.size());
    for (index_t i = 0; i < count; ++i) {
      index_t element = tensor.offset;
      for (std::size_t a = 0; a < at.size(); ++a) element += at[a] * tensor.strides[a];
      std::byte* number = out.data() + static_cast<std::size_t>(i) * width;
      std::memcpy(number, tensor.bytes.data() + static_cast<std::size_t>(element) * width, width);
      if (tensor.swapped) std::reverse(number, number + width);
      for (std::size_t a = at.size(); a-- > 0;) {
        if (++at[a] < tensor.shape[a]) break;
        at[a] = 0;
      }
    }
    return out;
  }
};

/// The tensors of a pickle's dicts, lists and objects, their keys joined by `separator`, in the pickle's order.
/// @param memory gives the bytes of a storage outside the pickle by its key
/// @throws format_error for values that are nested in a ring or more than 64 deep, or come up more than ten million times
template <typename Memory>
std::vector<ArchivedTensor> named_tensors(const std::string& path, const PickleValue& root,
                                          const Memory& memory, std::string_view separator = ".") {
  using Kind = PickleValue::Kind;
  std::vector<ArchivedTensor> found;
  std::set<const PickleValue*> open;
  int visits = 0;
  const auto visit = [&](const auto& self, const PickleValue& value, const std::string& name) -> void {
    require<format_error>(++visits <= 10'000'000,
                          "{}: its values hold each other more than ten million times", path);
    if (value.kind == Kind::tensor) {
      require<format_error>(found.size() < 1'000'000, "{}: holds more than a million tensors", path);
      ArchivedTensor tensor{name, value.tensor};
      if (!tensor.tensor.storage.empty()) tensor.tensor.bytes = memory(tensor.tensor.storage);
      found.push_back(std::move(tensor));
      return;
    }
    if (value.kind != Kind::dict && value.kind != Kind::list && value.kind != Kind::object) return;
    require<format_error>(open.size() < 64 && open.insert(&value).second,
                          "{}: its values are nested in a ring or more than 64 deep", path);
    const auto below = [&](const std::string& key) {
      return name.empty() ? key : name + std::string(separator) + key;
    };
    if (value.kind == Kind::object) {
      for (const PickleValue* item : value.items) self(self, *item, name);
    } else if (value.kind == Kind::list) {
      for (std::size_t i = 0; i < value.items.size(); ++i)
        self(self, *value.items[i], below(std::to_string(i)));
    } else {
      for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
        const PickleValue& key = *value.items[i];
        if (key.kind == Kind::text) self(self, *value.items[i + 1], below(key.text));
        if (key.kind == Kind::integer) self(self, *value.items[i + 1], below(std::to_string(key.integer)));
      }
    }
    open.erase(&value);
  };
  visit(visit, root, "");
  return found;
}

}  // namespace flashvideo
