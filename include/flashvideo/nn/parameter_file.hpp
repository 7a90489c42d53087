// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "flashvideo/io/safetensors.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

/// Adds every parameter to a file under prefix + name.
/// @param values the flat array, `layout.size()` elements; it must live until `writer.write`
/// @param storage F32, BF16 or F16 (F64 for double): how elements are stored
template <typename Scalar>
void add_parameters(SafetensorsWriter& writer, const std::string& prefix, const ParameterLayout& layout,
                    std::type_identity_t<std::span<const Scalar>> values, DType storage) {
  require<shape_error>(static_cast<index_t>(values.size()) == layout.size(),
                       "add_parameters: {} values, expected {}", values.size(), layout.size());
  for (const auto& entry : layout.entries()) {
    writer.add_converted<Scalar>(
        prefix + entry.name, storage, entry.shape,
        values.subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.size)));
  }
}

/// Reads every parameter of a layout from a file, whatever floating-point type it is stored in.
/// @return the flat array, `layout.size()` elements
/// @throws format_error naming a tensor that is missing or has another shape
template <typename Scalar>
std::vector<Scalar> read_parameters(const SafetensorsFile& file, const std::string& prefix,
                                    const ParameterLayout& layout) {
  std::vector<Scalar> values(static_cast<std::size_t>(layout.size()), Scalar{0});
  for (const auto& entry : layout.entries()) {
    const std::string name = prefix + entry.name;
    file.check_shape(name, entry.shape);
    file.template read_into<Scalar>(name,
                                    std::span<Scalar>(values).subspan(static_cast<std::size_t>(entry.offset),
                                                                      static_cast<std::size_t>(entry.size)));
  }
  return values;
}

/// Throws format_error naming the first tensor under `prefix` that is neither a parameter of the layout nor
/// among `also_known` (full names).
inline void refuse_extra_tensors(const SafetensorsFile& file, const std::string& prefix,
                                 const ParameterLayout& layout,
                                 const std::set<std::string>& also_known = {}) {
  std::set<std::string> known = also_known;
  for (const auto& entry : layout.entries()) known.insert(prefix + entry.name);
  for (const std::string& name : file.names()) {
    require<format_error>(!name.starts_with(prefix) || known.contains(name),
                          "{}: has the extra tensor \"{}\", which this model does not have", file.path(),
                          name);
  }
}

}  // namespace flashvideo
