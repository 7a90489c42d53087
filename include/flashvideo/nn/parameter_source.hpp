// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <span>
#include <vector>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

/// Where the values of a layout's parameters come from, one parameter at a time: `source(entry, out)` fills
/// `out`, `entry.size` numbers in host memory. So weights go from a file to where they are used without a
/// whole copy in between.
template <typename Source>
concept ParameterSource = requires(const Source& source, const ParameterLayout::Entry& entry,
                                   std::span<float> out) {
  source(entry, out);
};

/// A flat array in host memory as a source.
class FlatParameters {
 public:
  /// @throws shape_error when the layout has another size
  FlatParameters(const ParameterLayout& layout, std::span<const float> values, const char* owner)
      : values_(values) {
    require<shape_error>(static_cast<index_t>(values.size()) == layout.size(),
                         "{}: {} parameter values, expected {}", owner, values.size(), layout.size());
  }
  /// As every source.
  void operator()(const ParameterLayout::Entry& entry, std::span<float> out) const {
    std::copy_n(values_.data() + entry.offset, entry.size, out.data());
  }

 private:
  std::span<const float> values_;
};

/// Fills a flat array of the layout in the backend's memory.
/// @param to `layout.size()` numbers
template <ComputeBackend Backend, ParameterSource Source>
void upload_parameters(const Backend& backend, const ParameterLayout& layout, const Source& source,
                       float* to) {
  std::vector<float> host;
  for (const auto& entry : layout.entries()) {
    host.resize(static_cast<std::size_t>(entry.size));
    source(entry, std::span<float>(host));
    backend.upload(to + entry.offset, static_cast<const float*>(host.data()), entry.size);
  }
}

}  // namespace flashvideo
