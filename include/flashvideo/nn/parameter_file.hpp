// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/in_quotes.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

namespace nn_detail {

/// NaN or infinity in one place would spoil all that is computed.
/// @throws format_error naming the tensor and the place
template <typename Scalar>
void refuse_not_finite(const SafetensorsFile& file, const std::string& name, std::span<const Scalar> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw format_error(formatted_message("{}: tensor {} has {} at element {}, expected finite numbers",
                                         file.path(), in_quotes(name), static_cast<double>(values[i]), i));
  }
}

}  // namespace nn_detail

/// The parameters of a layout where they lie in a mapped file under a prefix, whatever floating-point type they
/// are stored in, or int8 with scales; a `ParameterSource`.
class FileParameters {
 public:
  /// @param file must live as long as this
  FileParameters(const SafetensorsFile& file, std::string prefix) : file_(file), prefix_(std::move(prefix)) {}

  /// Reads one parameter; its pages of the file leave this process's memory.
  /// @throws format_error naming a tensor that is missing, has another shape, or holds NaN or infinity
  template <typename Scalar>
  void operator()(const ParameterLayout::Entry& entry, std::span<Scalar> out) const {
    const std::string name = prefix_ + entry.name;
    file_.check_shape(name, entry.shape);
    file_.template read_into<Scalar>(name, out);
    if (file_.find(name).dtype == DType::I8) {
      const std::vector<float> scales = file_.template read<float>(name + ".scale", {entry.shape[0]});
      nn_detail::refuse_not_finite<float>(file_, name + ".scale", scales);
      const std::size_t width = out.size() / scales.size();
      for (std::size_t i = 0; i < out.size(); ++i) out[i] *= static_cast<Scalar>(scales[i / width]);
    }
    nn_detail::refuse_not_finite<Scalar>(file_, name, out);
    file_.release(name);
  }

 private:
  const SafetensorsFile& file_;
  std::string prefix_;
};

/// Reads every parameter of a layout from a file.
/// @return the flat array, `layout.size()` elements
/// @throws format_error naming a tensor that is missing, has another shape, or holds NaN or infinity
template <typename Scalar>
std::vector<Scalar> read_parameters(const SafetensorsFile& file, const std::string& prefix,
                                    const ParameterLayout& layout) {
  std::vector<Scalar> values(static_cast<std::size_t>(layout.size()), Scalar{0});
  const FileParameters source(file, prefix);
  for (const auto& entry : layout.entries()) {
    source(entry, std::span<Scalar>(values).subspan(static_cast<std::size_t>(entry.offset),
                                                    static_cast<std::size_t>(entry.size)));
  }
  return values;
}

namespace nn_detail {

/// Full names that a file may have: the layout's, the scales of those stored as int8, and `also_known`.
template <std::same_as<SafetensorsFile> File>
std::vector<std::string> known_tensors(const File& file, const std::string& prefix,
                                       const ParameterLayout& layout,
                                       const std::vector<std::string>& also_known) {
  std::vector<std::string> known = also_known;
  for (const auto& entry : layout.entries()) {
    const std::string name = prefix + entry.name;
    known.push_back(name);
    if (file.contains(name) && file.find(name).dtype == DType::I8) known.push_back(name + ".scale");
  }
  std::sort(known.begin(), known.end());
  return known;
}

/// Names for a message: the first few, and how many more.
struct NameList {
  static constexpr index_t most = 12;
  index_t count = 0;
  std::string names;

  void add(const std::string& name) {
    if (++count <= most) names += (count > 1 ? ", " : "") + in_quotes(name, 120);
  }
  std::string text() const {
    if (count == 0) return "none";
    return count > most ? names + " and " + std::to_string(count - most) + " more" : names;
  }
};

}  // namespace nn_detail

/// A file has nothing under `prefix` but the layout's parameters, the scales of those that are stored as int8,
/// and what `also_known` names (in full).
/// @throws format_error naming the first other tensor
template <std::same_as<SafetensorsFile> File>  // who loads no model compiles none of it
void refuse_extra_tensors(const File& file, const std::string& prefix, const ParameterLayout& layout,
                          const std::vector<std::string>& also_known = {}) {
  const std::vector<std::string> known = nn_detail::known_tensors(file, prefix, layout, also_known);
  for (const std::string& name : file.names()) {
    require<format_error>(!name.starts_with(prefix) || std::binary_search(known.begin(), known.end(), name),
                          "{}: has the extra tensor \"{}\", which this model does not have", file.path(),
                          name);
  }
}

/// The same, and nothing of the layout is missing.
/// @throws format_error naming the tensors that are missing and those that are extra, 12 of each
template <std::same_as<SafetensorsFile> File>
void check_tensor_names(const File& file, const std::string& prefix, const ParameterLayout& layout,
                        const std::vector<std::string>& also_known = {}) {
  const std::vector<std::string> known = nn_detail::known_tensors(file, prefix, layout, also_known);
  nn_detail::NameList missing, extra;
  for (const auto& entry : layout.entries()) {
    if (!file.contains(prefix + entry.name)) missing.add(prefix + entry.name);
  }
  for (const std::string& name : file.names()) {
    if (name.starts_with(prefix) && !std::binary_search(known.begin(), known.end(), name)) extra.add(name);
  }
  require<format_error>(missing.count + extra.count == 0,
                        "{}: has other tensors than this model: missing {}; extra {}", file.path(),
                        missing.text(), extra.text());
}

}  // namespace flashvideo
