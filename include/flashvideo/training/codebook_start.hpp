// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

/// Lets image codes that look alike start alike: their rows of an embedding or an output head become
///
///     row_i <- sqrt(1 - own^2) s (c_i - mean) / deviation R  +  own row_i
///
/// with the tokenizer's code vectors c_i, standardised over the codebook, one random projection R and the
/// deviation s that the rows had. A decoder with independent rows must first find out from the data which of
/// its thousands of codes are shades of one picture; the codebook knows it (docs/adr/0012-frame-harmonics.md
/// has the measurement).
struct CodebookStart {
  std::span<const float> codebook;  ///< (num_codes, code_width)
  index_t num_codes = 0;            ///< rows of the codebook, >= 1
  double own = 0.1;                 ///< share of a row that stays its own, within [0, 1]

  /// Changes the rows [0, num_codes) of the matrix `name` in `values`, the flat array of `layout`.
  /// @throws value_error when there is no such matrix, unless 0 <= own <= 1
  /// @throws shape_error when the extents do not fit
  template <typename Scalar>
  void apply(const ParameterLayout& layout, const std::string& name, std::span<Scalar> values,
             std::uint64_t seed) const {
    require<value_error>(own >= 0 && own <= 1, "CodebookStart: own is {}, expected within [0, 1]", own);
    const auto size = static_cast<index_t>(codebook.size());
    require<shape_error>(num_codes >= 1 && size % num_codes == 0,
                         "CodebookStart: {} numbers are no {} code vectors", size, num_codes);
    for (const auto& entry : layout.entries()) {
      if (entry.name != name) continue;
      require<shape_error>(entry.shape.size() == 2 && entry.shape[0] >= num_codes,
                           "CodebookStart: {} has {} rows, expected at least {}", name, entry.shape[0],
                           num_codes);
      mix(values.subspan(static_cast<std::size_t>(entry.offset)), entry.shape[1], seed);
      return;
    }
    throw value_error(formatted_message("CodebookStart: the layout has no matrix \"{}\"", name));
  }

 private:
  template <typename Scalar>
  void mix(std::span<Scalar> rows, index_t d_model, std::uint64_t seed) const {
    const index_t width = static_cast<index_t>(codebook.size()) / num_codes;
    const std::vector<double> codes = standardised(width);
    // R (width, d_model): each row of codes R has the variance 1
    constexpr std::uint32_t stream = 0x43420000U;
    RandomStream random(RandomAddress{seed, stream, 0});
    std::vector<double> projection(static_cast<std::size_t>(width * d_model));
    for (double& r : projection) r = random.uniform(-1, 1) * std::sqrt(3.0 / static_cast<double>(width));
    double squares = 0;
    const std::size_t count = static_cast<std::size_t>(num_codes * d_model);
    for (std::size_t i = 0; i < count; ++i) {
      squares += static_cast<double>(rows[i]) * static_cast<double>(rows[i]);
    }
    const double shared = std::sqrt(1 - own * own) * std::sqrt(squares / static_cast<double>(count));
    for (index_t i = 0; i < num_codes; ++i) {
      for (index_t d = 0; d < d_model; ++d) {
        double sum = 0;
        for (index_t j = 0; j < width; ++j) {
          sum += codes[static_cast<std::size_t>(i * width + j)] *
                 projection[static_cast<std::size_t>(j * d_model + d)];
        }
        Scalar& value = rows[static_cast<std::size_t>(i * d_model + d)];
        value = static_cast<Scalar>(shared * sum + own * static_cast<double>(value));
      }
    }
  }

  // Every column with mean 0 and variance 1; a column without variance becomes 0.
  std::vector<double> standardised(index_t width) const {
    std::vector<double> codes(codebook.begin(), codebook.end());
    for (index_t j = 0; j < width; ++j) {
      double mean = 0, squares = 0;
      const auto column = [&](index_t i) -> double& {
        return codes[static_cast<std::size_t>(i * width + j)];
      };
      for (index_t i = 0; i < num_codes; ++i) mean += column(i) / static_cast<double>(num_codes);
      for (index_t i = 0; i < num_codes; ++i) squares += (column(i) - mean) * (column(i) - mean);
      const double deviation = std::sqrt(squares / static_cast<double>(num_codes));
      for (index_t i = 0; i < num_codes; ++i) {
        column(i) = deviation > 0 ? (column(i) - mean) / deviation : 0;
      }
    }
    return codes;
  }
};

}  // namespace flashvideo
