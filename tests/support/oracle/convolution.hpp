// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Convolutions, GroupNorm and nearest codes as plain loops in double, channels last.

#include <cmath>
#include <vector>

#include "flashvideo/nn/image_patches.hpp"

namespace flashvideo::oracle {

using Numbers = std::vector<double>;

inline double at(const Numbers& x, index_t i) { return x[static_cast<std::size_t>(i)]; }
inline double& at(Numbers& x, index_t i) { return x[static_cast<std::size_t>(i)]; }

/// y(b, y, x, o) = bias(o) + sum w(o, ky, kx, i) x(b, y s - p + ky, x s - p + kx, i)
inline Numbers convolve(const ImageExtent& in, const ImageExtent& out, index_t d_in, index_t d_out,
                        index_t kernel, index_t stride, index_t padding, const Numbers& x, const Numbers& w,
                        const Numbers& bias) {
  Numbers y(static_cast<std::size_t>(out.rows() * d_out));
  for (index_t b = 0; b < out.count; ++b)
    for (index_t v = 0; v < out.height; ++v)
      for (index_t u = 0; u < out.width; ++u)
        for (index_t o = 0; o < d_out; ++o) {
          double sum = bias.empty() ? 0.0 : at(bias, o);
          for (index_t ky = 0; ky < kernel; ++ky)
            for (index_t kx = 0; kx < kernel; ++kx) {
              const index_t sy = v * stride - padding + ky;
              const index_t sx = u * stride - padding + kx;
              if (sy < 0 || sx < 0 || sy >= in.height || sx >= in.width) continue;
              for (index_t i = 0; i < d_in; ++i)
                sum += at(w, ((o * kernel + ky) * kernel + kx) * d_in + i) *
                       at(x, ((b * in.height + sy) * in.width + sx) * d_in + i);
            }
          at(y, ((b * out.height + v) * out.width + u) * d_out + o) = sum;
        }
  return y;
}

/// y(b, y s - p + ky, x s - p + kx, o) += sum_i w(ky, kx, o, i) x(b, y, x, i), on top of the bias
inline Numbers convolve_transposed(const ImageExtent& in, const ImageExtent& out, index_t d_in, index_t d_out,
                                   index_t kernel, index_t stride, index_t padding, const Numbers& x,
                                   const Numbers& w, const Numbers& bias) {
  Numbers y(static_cast<std::size_t>(out.rows() * d_out));
  for (index_t r = 0; r < out.rows(); ++r)
    for (index_t o = 0; o < d_out; ++o) at(y, r * d_out + o) = bias.empty() ? 0.0 : at(bias, o);
  for (index_t b = 0; b < in.count; ++b)
    for (index_t v = 0; v < in.height; ++v)
      for (index_t u = 0; u < in.width; ++u)
        for (index_t ky = 0; ky < kernel; ++ky)
          for (index_t kx = 0; kx < kernel; ++kx) {
            const index_t ty = v * stride - padding + ky;
            const index_t tx = u * stride - padding + kx;
            if (ty < 0 || tx < 0 || ty >= out.height || tx >= out.width) continue;
            for (index_t o = 0; o < d_out; ++o)
              for (index_t i = 0; i < d_in; ++i)
                at(y, ((b * out.height + ty) * out.width + tx) * d_out + o) +=
                    at(w, ((ky * kernel + kx) * d_out + o) * d_in + i) *
                    at(x, ((b * in.height + v) * in.width + u) * d_in + i);
          }
  return y;
}

/// (x - mean) / sqrt(variance + epsilon) over the pixels and channels of each group, scaled and shifted.
inline Numbers group_norm(const ImageExtent& extent, index_t channels, index_t groups, double epsilon,
                          const Numbers& x, const Numbers& weight, const Numbers& bias) {
  Numbers y(x.size());
  const index_t width = channels / groups;
  for (index_t b = 0; b < extent.count; ++b)
    for (index_t g = 0; g < groups; ++g) {
      const double size = static_cast<double>(extent.pixels() * width);
      double mean = 0;
      double variance = 0;
      const auto place = [&](index_t p, index_t c) {
        return (b * extent.pixels() + p) * channels + g * width + c;
      };
      for (index_t p = 0; p < extent.pixels(); ++p)
        for (index_t c = 0; c < width; ++c) mean += at(x, place(p, c)) / size;
      for (index_t p = 0; p < extent.pixels(); ++p)
        for (index_t c = 0; c < width; ++c) variance += std::pow(at(x, place(p, c)) - mean, 2) / size;
      for (index_t p = 0; p < extent.pixels(); ++p)
        for (index_t c = 0; c < width; ++c)
          at(y, place(p, c)) =
              (at(x, place(p, c)) - mean) / std::sqrt(variance + epsilon) * at(weight, g * width + c) +
              at(bias, g * width + c);
    }
  return y;
}

/// Id of the row of `table` (codes, width) nearest to z, the lowest of equals.
inline index_t nearest(const Numbers& table, index_t width, const double* z) {
  index_t best = 0;
  double least = INFINITY;
  for (index_t k = 0; k < static_cast<index_t>(table.size()) / width; ++k) {
    double distance = 0;
    for (index_t c = 0; c < width; ++c) distance += std::pow(z[c] - at(table, k * width + c), 2);
    if (distance < least) {
      least = distance;
      best = k;
    }
  }
  return best;
}

}  // namespace flashvideo::oracle
