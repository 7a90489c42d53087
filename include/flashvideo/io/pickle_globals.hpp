// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// The names that a pickle may call for, and what each becomes: a tensor, an array, a dict, a list or a string.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/io/pickle_value.hpp"

namespace flashvideo::io_detail {

/// Number type of one of PyTorch's storages, "torch FloatStorage".
inline std::optional<DType> storage_dtype(std::string_view name) {
  constexpr std::pair<std::string_view, DType> known[] = {
      {"torch FloatStorage", DType::F32}, {"torch DoubleStorage", DType::F64},
      {"torch HalfStorage", DType::F16},  {"torch BFloat16Storage", DType::BF16},
      {"torch LongStorage", DType::I64},  {"torch IntStorage", DType::I32},
      {"torch ShortStorage", DType::I16}, {"torch CharStorage", DType::I8},
      {"torch ByteStorage", DType::U8},   {"torch BoolStorage", DType::BOOL}};
  for (const auto& [storage, dtype] : known) {
    if (storage == name) return dtype;
  }
  return std::nullopt;
}

/// Whether a pickle may name it. Classes of TorchScript ("__torch__...") are inert: only their state is kept.
inline bool is_allowed_global(std::string_view name) {
  constexpr std::string_view known[] = {"collections OrderedDict",
                                        "torch._utils _rebuild_tensor",
                                        "torch._utils _rebuild_tensor_v2",
                                        "torch._utils _rebuild_parameter",
                                        "torch Size",
                                        "torch.jit._pickle build_intlist",
                                        "torch.jit._pickle build_tensorlist",
                                        "torch.jit._pickle build_doublelist",
                                        "torch.jit._pickle build_boollist",
                                        "torch.jit._pickle restore_type_tag",
                                        "numpy.core.multiarray _reconstruct",
                                        "numpy._core.multiarray _reconstruct",
                                        "numpy.core.multiarray scalar",
                                        "numpy._core.multiarray scalar",
                                        "numpy ndarray",
                                        "numpy dtype",
                                        "_codecs encode",
                                        "builtins set",
                                        "__builtin__ set"};
  return std::find(std::begin(known), std::end(known), name) != std::end(known) ||
         storage_dtype(name).has_value() || name.starts_with("__torch__");
}

using PickleError = std::optional<std::string>;

/// Number type of NumPy's name of one, "f4"; nothing for one that is not known.
inline std::optional<DType> numpy_dtype(std::string_view name) {
  if (!name.empty() && (name[0] == '<' || name[0] == '>' || name[0] == '|' || name[0] == '='))
    name.remove_prefix(1);
  constexpr std::pair<std::string_view, DType> known[] = {
      {"f4", DType::F32}, {"f8", DType::F64}, {"f2", DType::F16}, {"i1", DType::I8},
      {"i2", DType::I16}, {"i4", DType::I32}, {"i8", DType::I64}, {"u1", DType::U8},
      {"u2", DType::U16}, {"u4", DType::U32}, {"u8", DType::U64}, {"b1", DType::BOOL}};
  for (const auto& [code, dtype] : known) {
    if (code == name) return dtype;
  }
  return std::nullopt;
}

/// The whole numbers of a list or tuple; nothing when it holds something else.
inline std::optional<std::vector<index_t>> whole_numbers(const PickleValue& value) {
  if (value.kind != PickleValue::Kind::list) return std::nullopt;
  std::vector<index_t> numbers;
  for (const PickleValue* item : value.items) {
    if (item->kind != PickleValue::Kind::integer) return std::nullopt;
    numbers.push_back(item->integer);
  }
  return numbers;
}

/// Number of elements of extents; nothing for a negative extent or when those that are not zero make more than 2^40.
inline std::optional<index_t> checked_elements(const std::vector<index_t>& shape) {
  index_t product = 1;
  bool is_empty = false;
  for (const index_t extent : shape) {
    if (extent < 0) return std::nullopt;
    is_empty |= extent == 0;
    if (extent == 0) continue;
    if (extent > (index_t{1} << 40) / product) return std::nullopt;
    product *= extent;
  }
  return is_empty ? 0 : product;
}

/// Strides of elements that lie one after another, the last axis (or with `fortran` the first) without gaps.
inline std::vector<index_t> dense_strides(const std::vector<index_t>& shape, bool fortran) {
  std::vector<index_t> strides(shape.size());
  index_t stride = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t axis = fortran ? i : shape.size() - 1 - i;
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/// torch._utils._rebuild_tensor_v2(storage, offset, size, stride, ...).
inline PickleError rebuild_tensor(const std::vector<PickleValue*>& arguments, PickleValue& out) {
  if (arguments.size() < 4 || arguments[0]->kind != PickleValue::Kind::tensor ||
      arguments[1]->kind != PickleValue::Kind::integer)
    return "its arguments are no storage, offset, size and stride";
  const auto shape = whole_numbers(*arguments[2]), strides = whole_numbers(*arguments[3]);
  if (!shape || !strides || shape->size() != strides->size())
    return "size and stride are no equally many numbers";
  const PickleTensor& storage = arguments[0]->tensor;
  const index_t size = storage.shape.empty() ? 0 : storage.shape[0];
  const index_t offset = arguments[1]->integer;
  if (!checked_elements(*shape) || offset < 0) return "the extents are out of range";
  for (const index_t stride : *strides) {
    if (stride < 0) return "a stride is out of range";
  }
  out.tensor = storage;
  out.tensor.offset = offset;
  out.tensor.shape = *shape;
  out.tensor.strides = *strides;
  const std::optional<index_t> last = out.tensor.last_place();
  if (!last || *last >= size) return "the tensor lies beyond the end of its storage";
  return std::nullopt;
}

/// What a call of an allowed name gives, into `out`; a sentence when its arguments are not as they should be.
inline PickleError apply_global(PickleDocument& document, const std::string& name,
                                const std::vector<PickleValue*>& arguments, PickleValue*& out) {
  using Kind = PickleValue::Kind;
  const auto make = [&](Kind kind) {
    PickleValue value;
    value.kind = kind;
    return out = document.add(std::move(value));
  };
  if (name == "collections OrderedDict") {
    make(Kind::dict);
    if (arguments.empty()) return std::nullopt;
    for (const PickleValue* pair : arguments[0]->items) {
      if (pair->kind != Kind::list || pair->items.size() != 2) return "its argument is no list of pairs";
      out->items.insert(out->items.end(), pair->items.begin(), pair->items.end());
    }
    return std::nullopt;
  }
  if (name.starts_with("torch._utils _rebuild_tensor")) return rebuild_tensor(arguments, *make(Kind::tensor));
  if (name == "torch._utils _rebuild_parameter" || name.starts_with("torch.jit._pickle") ||
      name == "torch Size") {
    if (arguments.empty()) return "it has no argument";
    out = arguments[0];
    return std::nullopt;
  }
  if (name == "builtins set" || name == "__builtin__ set") {  // of a list, or empty
    make(Kind::list);
    if (!arguments.empty()) out->items = arguments[0]->items;
    return std::nullopt;
  }
  if (name == "_codecs encode") {  // text whose characters are bytes
    if (arguments.empty() || arguments[0]->kind != Kind::text) return "its argument is no text";
    make(Kind::text);
    const std::string& text = arguments[0]->text;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      const bool wide = (c & 0xE0) == 0xC0 && i + 1 < text.size();
      out->text +=
          wide ? static_cast<char>((c & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3F)) : text[i];
    }
    return std::nullopt;
  }
  if (name == "numpy dtype") {
    if (arguments.empty() || arguments[0]->kind != Kind::text) return "its argument is no name of a type";
    const auto dtype = numpy_dtype(arguments[0]->text);
    if (!dtype) return "the type " + arguments[0]->text.substr(0, 20) + " is not known";
    make(Kind::tensor)->tensor.dtype = *dtype;
    return std::nullopt;
  }
  if (name.ends_with("multiarray _reconstruct")) {
    make(Kind::tensor)->text = "array without state";
    return std::nullopt;
  }
  if (name.ends_with("multiarray scalar")) {
    if (arguments.size() != 2 || arguments[0]->kind != Kind::tensor || arguments[1]->kind != Kind::text)
      return "its arguments are no type and bytes";
    make(Kind::tensor)->tensor = arguments[0]->tensor;
    const std::string& bytes = arguments[1]->text;
    if (static_cast<index_t>(bytes.size()) != dtype_size(out->tensor.dtype))
      return "its bytes are no one number";
    out->tensor.bytes = std::as_bytes(std::span(bytes.data(), bytes.size()));
    return std::nullopt;
  }
  if (name.starts_with("__torch__")) {
    make(Kind::object)->text = name;
    return std::nullopt;
  }
  return "it cannot be called";
}

/// What BUILD does: an array gets its numbers, an inert object its state; the attributes of a dict are left out.
inline PickleError set_state(PickleValue& target, PickleValue& state) {
  using Kind = PickleValue::Kind;
  if (target.kind == Kind::dict) return std::nullopt;
  if (target.kind == Kind::object) {
    target.items = {&state};
    return std::nullopt;
  }
  if (target.kind != Kind::tensor || state.kind != Kind::list)
    return "a state belongs to no array, dict or object";
  if (target.text.empty()) {  // a dtype: (version, byte order, ...)
    if (state.items.size() < 2 || state.items[1]->kind != Kind::text)
      return "the state of a dtype has no byte order";
    target.tensor.swapped = state.items[1]->text == ">";
    return std::nullopt;
  }
  // an array: (version, shape, dtype, is_fortran, bytes)
  const auto& items = state.items;
  const bool fits = items.size() == 5 && items[2]->kind == Kind::tensor && items[3]->kind == Kind::boolean &&
                    items[4]->kind == Kind::text;
  const auto shape = fits ? whole_numbers(*items[1]) : std::nullopt;
  if (!shape) return "the state of an array is not (version, shape, dtype, order, bytes)";
  const auto count = checked_elements(*shape);
  const std::string& bytes = items[4]->text;
  const DType dtype = items[2]->tensor.dtype;
  if (!count || static_cast<index_t>(bytes.size()) != *count * dtype_size(dtype))
    return "an array's bytes do not fit its shape";
  target.tensor = items[2]->tensor;
  target.tensor.shape = *shape;
  target.tensor.strides = dense_strides(*shape, items[3]->integer != 0);
  target.tensor.bytes = std::as_bytes(std::span(bytes.data(), bytes.size()));
  return std::nullopt;
}

}  // namespace flashvideo::io_detail
