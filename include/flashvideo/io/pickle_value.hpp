// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/io/dtype.hpp"

namespace flashvideo {

/// A tensor or array as a pickle describes it: numbers of one type in some memory, with extents and strides.
struct PickleTensor {
  DType dtype = DType::F32;            ///< of the numbers
  std::vector<index_t> shape{};        ///< extents
  std::vector<index_t> strides{};      ///< in elements, one for each axis
  index_t offset = 0;                  ///< first element, in elements from the memory's begin
  std::string storage{};               ///< key of a memory outside the pickle (PyTorch); empty: `bytes`
  std::span<const std::byte> bytes{};  ///< the memory inside the pickle (NumPy)
  bool swapped = false;                ///< the numbers' bytes stand in the other order (big endian)

  /// Where the last element lies, in elements from the memory's begin; -1 when there is none, nothing for extents,
  /// strides or an offset that no memory has.
  std::optional<index_t> last_place() const {
    constexpr index_t most = index_t{1} << 40;
    if (offset < 0 || offset > most) return std::nullopt;
    index_t last = offset;
    bool is_empty = false;
    for (std::size_t a = 0; a < shape.size(); ++a) {
      if (shape[a] < 0 || strides[a] < 0) return std::nullopt;
      is_empty |= shape[a] == 0;
      if (shape[a] == 0 || strides[a] == 0) continue;
      if (shape[a] - 1 > (most - last) / strides[a]) return std::nullopt;
      last += (shape[a] - 1) * strides[a];
    }
    return is_empty ? -1 : last;
  }
};

/// One value that a pickle builds. Nothing is ever run: what would be a call in Python is one of the few kinds
/// here, or an error.
struct PickleValue {
  /// What a value is.
  enum class Kind {
    none,
    boolean,
    integer,
    real,
    text,    ///< str or bytes
    list,    ///< list or tuple, in `items`
    dict,    ///< keys and values alternately in `items`
    global,  ///< an allowed class or function, "module name" in `text`
    tensor,
    object  ///< an instance of an inert class (TorchScript): "module name" in `text`, its state in `items[0]`
  };
  Kind kind = Kind::none;             ///< which of the members counts
  std::int64_t integer = 0;           ///< boolean, integer
  double real = 0;                    ///< real
  std::string text{};                 ///< text, and the name of a global or object
  std::vector<PickleValue*> items{};  ///< of a list, dict or object
  PickleTensor tensor{};              ///< tensor
};

/// A pickle's values; they live as long as it does, and may refer to each other in rings.
class PickleDocument {
 public:
  PickleDocument() = default;
  /// Values stay where they are.
  PickleDocument(PickleDocument&&) = default;
  /// Values stay where they are.
  PickleDocument& operator=(PickleDocument&&) = default;
  PickleDocument(const PickleDocument&) = delete;
  PickleDocument& operator=(const PickleDocument&) = delete;

  /// Keeps a value; it does not move again.
  PickleValue* add(PickleValue value) {
    values_.push_back(std::move(value));
    return &values_.back();
  }

  const PickleValue* root = nullptr;  ///< what the pickle gives
  std::size_t consumed = 0;           ///< bytes up to and including the pickle's end

 private:
  std::deque<PickleValue> values_;
};

}  // namespace flashvideo
