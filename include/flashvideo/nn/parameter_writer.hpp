// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "flashvideo/io/safetensors_writer.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

namespace nn_detail {

/// A matrix as int8 with one scale for each row of its outermost axis: w = scale q, q in [-127, 127].
template <typename Scalar>
struct Int8Rows {
  std::vector<std::int8_t> values;
  std::vector<float> scales;

  Int8Rows(std::span<const Scalar> weights, index_t rows) {
    const std::size_t width = weights.size() / static_cast<std::size_t>(rows);
    values.reserve(weights.size());
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
      const auto row = weights.subspan(r * width, width);
      double largest = 0;
      for (const Scalar w : row) largest = (std::max)(largest, std::abs(static_cast<double>(w)));
      const double scale = largest > 0 ? largest / 127 : 1;
      scales.push_back(static_cast<float>(scale));
      for (const Scalar w : row)
        values.push_back(static_cast<std::int8_t>(std::lround(static_cast<double>(w) / scale)));
    }
  }
};

}  // namespace nn_detail

/// Adds every parameter to a file under prefix + name.
/// @param values the flat array, `layout.size()` elements; it must live until `writer.write`
/// @param storage F32, BF16, F16, F64: how elements are stored; or I8: matrices as int8 with a scale for each
///   row under the name + ".scale" (F32), vectors as F32
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
      nn_detail::Int8Rows<Scalar> rows(part, entry.shape[0]);
      writer.add_owned<std::int8_t>(name, entry.shape, std::move(rows.values));
      writer.add_owned<float>(name + ".scale", {entry.shape[0]}, std::move(rows.scales));
    }
  }
}

}  // namespace flashvideo
