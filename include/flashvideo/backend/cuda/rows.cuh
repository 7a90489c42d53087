// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/backend/cuda/check.cuh"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo::cuda_detail {

/// y (R, M) = x (R, K) w^T in the canonical order: the 16 partial sums of an element lie in 16 lanes, which
/// read 16 weights side by side and meet in the fixed tree 8-4-2-1. A block computes 16 outputs of `Rows`
/// rows, so each weight is read once for `Rows` rows. The device's fma is IEEE's, so the bits are
/// `RowsElement`'s.
template <typename Scalar, int Rows>
__global__ void __launch_bounds__(256)
    canonical_rows(RowsElement<Scalar, Scalar> product, index_t row_count) {
  constexpr int lanes = canonical_lanes;
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  const index_t m = static_cast<index_t>(blockIdx.x) * (256 / lanes) + threadIdx.x / lanes;
  // a group beyond the last output computes the last one and keeps it: its lanes must take part in shuffles
  const Scalar* w = product.w + (m < product.outputs ? m : product.outputs - 1) * product.w_stride;
  const index_t step = static_cast<index_t>(gridDim.y) * Rows;
  for (index_t first = static_cast<index_t>(blockIdx.y) * Rows; first < row_count; first += step) {
    const Scalar* x[Rows];
    Scalar partial[Rows];
    for (int r = 0; r < Rows; ++r) {
      x[r] = product.x + (first + r < row_count ? first + r : row_count - 1) * product.x_stride;
      partial[r] = 0;
    }
    for (index_t k = lane; k < product.inner; k += lanes) {
      const Scalar weight = w[k];
      for (int r = 0; r < Rows; ++r) partial[r] = math::fma(x[r][k], weight, partial[r]);
    }
    for (int r = 0; r < Rows; ++r) {
      for (int half = lanes / 2; half >= 1; half /= 2) {
        partial[r] = partial[r] + __shfl_down_sync(0xFFFFFFFFU, partial[r], half, lanes);
      }
      if (lane == 0 && m < product.outputs && first + r < row_count) {
        product.y[(first + r) * product.y_stride + m] = partial[r];
      }
    }
  }
}

template <int Rows, typename Scalar>
void launch_canonical_rows(cudaStream_t stream, const RowsElement<Scalar, Scalar>& product, index_t rows) {
  constexpr index_t outputs_per_block = 256 / canonical_lanes;
  constexpr index_t most_blocks = 65535;  // of the grid's second axis
  const dim3 grid(static_cast<unsigned>((product.outputs + outputs_per_block - 1) / outputs_per_block),
                  static_cast<unsigned>((std::min)((rows + Rows - 1) / Rows, most_blocks)));
  canonical_rows<Scalar, Rows><<<grid, 256, 0, stream>>>(product, rows);
  check_cuda(cudaGetLastError(), "Thrust::rows");
}

/// y = x w^T on the stream; none of the views is empty, but K may be 0.
template <typename Scalar>
void cuda_rows(cudaStream_t stream, MatrixView<const Scalar> x, MatrixView<const Scalar> w,
               MatrixView<Scalar> y) {
  const RowsElement<Scalar, Scalar> product{x.data(), x.stride(0), w.data(),    w.stride(0),
                                            y.data(), y.stride(0), w.extent(0), w.extent(1)};
  const index_t rows = x.extent(0);
  if (rows == 1) {
    launch_canonical_rows<1>(stream, product, rows);
  } else if (rows <= 4) {
    launch_canonical_rows<4>(stream, product, rows);
  } else {
    launch_canonical_rows<8>(stream, product, rows);
  }
}

}  // namespace flashvideo::cuda_detail
