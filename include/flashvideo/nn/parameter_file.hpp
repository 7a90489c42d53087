// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "flashvideo/io/safetensors.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

namespace detail {

/// A matrix as int8 with one scale for each row of its outermost axis: w = scale q, q in [-127, 127].
template <typename Scalar>
struct QuantizedRows {
  std::vector<std::int8_t> values;
  std::vector<float> scales;

  QuantizedRows(std::span<const Scalar> weights, index_t rows) {
    const std::size_t width = weights.size() / static_cast<std::size_t>(rows);
    values.reserve(weights.size());
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
      const auto row = weights.subspan(r * width, width);
      double largest = 0;
      for (const Scalar w : row) largest = std::max(largest, std::abs(static_cast<double>(w)));
      const double scale = largest > 0 ? largest / 127 : 1;
      scales.push_back(static_cast<float>(scale));
      for (const Scalar w : row)
        values.push_back(static_cast<std::int8_t>(std::lround(static_cast<double>(w) / scale)));
    }
  }
};

}  // namespace detail

/// Adds every parameter to a file under prefix + name.
/// @param values the flat array, `layout.size()` elements; it must live until `writer.write`
/// @param storage F32, BF16, F16, F64: how elements are stored; or I8: matrices as int8 with a scale for each
/// row under
///   the name + ".scale" (F32), vectors as F32
template <typename Scalar>
void add_parameters(SafetensorsWriter& writer, const std::string& prefix, const ParameterLayout& layout,
                    std::type_identity_t<std::span<const Scalar>> values, DType storage) {
  require<shape_error>(static_cast<index_t>(values.size()) == layout.size(),
                       "add_parameters: {} values, expected {}", values.size(), layout.size());
  for (const auto& entry : layout.entries()) {
    const std::string name = prefix + entry.name;
    const auto part =
        values.subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.size));
    if (storage != DType::I8) {
      writer.add_converted<Scalar>(name, storage, entry.shape, part);
    } else if (entry.shape.size() == 1) {
      writer.add_converted<Scalar>(name, DType::F32, entry.shape, part);
    } else {
      detail::QuantizedRows<Scalar> rows(part, entry.shape[0]);
      writer.add_owned<std::int8_t>(name, entry.shape, std::move(rows.values));
      writer.add_owned<float>(name + ".scale", {entry.shape[0]}, std::move(rows.scales));
    }
  }
}

/// Reads every parameter of a layout from a file, whatever floating-point type it is stored in, or int8 with
/// scales.
/// @return the flat array, `layout.size()` elements
/// @throws format_error naming a tensor that is missing or has another shape
template <typename Scalar>
std::vector<Scalar> read_parameters(const SafetensorsFile& file, const std::string& prefix,
                                    const ParameterLayout& layout) {
  std::vector<Scalar> values(static_cast<std::size_t>(layout.size()), Scalar{0});
  for (const auto& entry : layout.entries()) {
    const std::string name = prefix + entry.name;
    file.check_shape(name, entry.shape);
    const auto part = std::span<Scalar>(values).subspan(static_cast<std::size_t>(entry.offset),
                                                        static_cast<std::size_t>(entry.size));
    file.template read_into<Scalar>(name, part);
    if (file.find(name).dtype != DType::I8) continue;
    const std::vector<float> scales = file.template read<float>(name + ".scale", {entry.shape[0]});
    const std::size_t width = part.size() / scales.size();
    for (std::size_t i = 0; i < part.size(); ++i) part[i] *= static_cast<Scalar>(scales[i / width]);
  }
  return values;
}

/// Throws format_error naming the first tensor under `prefix` that is neither a parameter of the layout (nor
/// the scale of one that is stored as int8) nor among `also_known` (full names).
inline void refuse_extra_tensors(const SafetensorsFile& file, const std::string& prefix,
                                 const ParameterLayout& layout,
                                 const std::set<std::string>& also_known = {}) {
  std::set<std::string> known = also_known;
  for (const auto& entry : layout.entries()) {
    const std::string name = prefix + entry.name;
    known.insert(name);
    if (file.contains(name) && file.find(name).dtype == DType::I8) known.insert(name + ".scale");
  }
  for (const std::string& name : file.names()) {
    require<format_error>(!name.starts_with(prefix) || known.contains(name),
                          "{}: has the extra tensor \"{}\", which this model does not have", file.path(),
                          name);
  }
}

}  // namespace flashvideo
