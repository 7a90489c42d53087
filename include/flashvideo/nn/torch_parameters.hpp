// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/nn/parameter_file.hpp"

namespace flashvideo {

/// The parameters of a layout in a file that has PyTorch's order of axes: weights of `Conv2d` (the layout's parameters
/// of four axes) lie there as (d_out, d_in, k, k), all others as in the layout; a `ParameterSource`.
class TorchParameters {
 public:
  /// @param file must live as long as this
  TorchParameters(const SafetensorsFile& file, std::string prefix = "") : file_(file, std::move(prefix)) {}

  /// Reads one parameter.
  /// @throws format_error naming a tensor that is missing, has another shape, or holds NaN or infinity
  template <typename Scalar>
  void operator()(const ParameterLayout::Entry& entry, std::span<Scalar> out) const {
    if (entry.shape.size() != 4) return file_(entry, out);
    const index_t d_out = entry.shape[0], kernel = entry.shape[1], d_in = entry.shape[3];
    ParameterLayout::Entry theirs = entry;
    theirs.shape = {d_out, d_in, kernel, kernel};
    std::vector<Scalar> numbers(out.size());
    file_(theirs, std::span<Scalar>(numbers));
    const index_t window = kernel * kernel;
    for (index_t i = 0; i < d_out * d_in; ++i) {
      for (index_t k = 0; k < window; ++k) {
        out[static_cast<std::size_t>((i / d_in * window + k) * d_in + i % d_in)] =
            numbers[static_cast<std::size_t>(i * window + k)];
      }
    }
  }

 private:
  FileParameters file_;
};

}  // namespace flashvideo
