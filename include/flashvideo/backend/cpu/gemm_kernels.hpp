// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "flashvideo/backend/cpu/vectors.hpp"
#include "flashvideo/core/config.hpp"
#include "flashvideo/core/cpu_features.hpp"

namespace flashvideo::cpu_detail {

/// One register tile: c (rows, columns) = alpha sum_k a(i, k) b(k, j) + beta c, in ascending k.
template <typename Scalar>
struct GemmTile {
  const Scalar* a;  // packed: a(i, k) = a[k tile_rows + i]; else a(i, k) = a[i a_stride + k]
  index_t a_stride;
  const Scalar* b;  // packed: b(k, j) = b[k width + j], width = whole registers, padded with zeros
  Scalar* c;        // row stride c_stride
  index_t c_stride;
  index_t inner;
  index_t rows;     // 1 .. tile_rows
  index_t columns;  // 1 .. width
  Scalar alpha;
  Scalar beta;  // 0: c is only written
};

/// Registers side by side in a full tile, in every form.
inline constexpr int gemm_vectors = 3;

/// Bytes of a register and rows of a tile: rows * gemm_vectors sums, gemm_vectors operands and one spare fit
/// the register file.
struct GemmForm {
  int bytes;
  int rows;
};
inline GemmForm gemm_form(InstructionSet form) {
  if (form == InstructionSet::avx512) return {64, 8};
  return form == InstructionSet::avx2 ? GemmForm{32, 4} : GemmForm{16, 4};
}

/// The kernel, once for each form. Generic vectors are lowered before anything is inlined, so the whole body
/// must stand in the function that has the target attribute; folds instead of loops keep the sums in registers
/// at any optimisation level. R: rows, V: registers of a row, T = r Vectors + v: registers of the tile.
#define FLASHVIDEO_GEMM_KERNEL(name, isa, bytes)                                                          \
  template <bool Packed, typename Scalar, std::size_t... R, std::size_t... V, std::size_t... T>           \
  isa void name(const GemmTile<Scalar>& tile, std::index_sequence<R...>, std::index_sequence<V...>,       \
                std::index_sequence<T...>) {                                                              \
    using Vector = typename VectorOf<Scalar, bytes>::type;                                                \
    using Loose = typename VectorOf<Scalar, bytes>::loose;                                                \
    constexpr std::size_t vectors = sizeof...(V);                                                         \
    constexpr std::size_t lanes = bytes / sizeof(Scalar);                                                 \
    constexpr index_t width = static_cast<index_t>(vectors * lanes);                                      \
    constexpr index_t tile_rows = static_cast<index_t>(sizeof...(R));                                     \
    const index_t last = tile.rows - 1;                                                                   \
    const index_t c_stride = tile.c_stride;                                                               \
    Scalar* const c = tile.c;                                                                             \
    for (index_t r = 0; r <= last; ++r) {                                                                 \
      (__builtin_prefetch(c + r * c_stride + V * lanes, 1), ...);                                         \
      __builtin_prefetch(c + r * c_stride + tile.columns - 1, 1);                                         \
    }                                                                                                     \
    const Scalar* const rows[] = {                                                                        \
        tile.a +                                                                                          \
        (Packed ? 0                                                                                       \
                : (static_cast<index_t>(R) < last ? static_cast<index_t>(R) : last) * tile.a_stride)...}; \
    const Scalar* packed = tile.a;                                                                        \
    const Scalar* b = tile.b;                                                                             \
    Vector sum[sizeof...(T)];                                                                             \
    ((sum[T] = Vector{}), ...);                                                                           \
    for (index_t k = 0; k < tile.inner; ++k) {                                                            \
      const Vector right[] = {*reinterpret_cast<const Loose*>(b + V * lanes)...};                         \
      const Scalar left[] = {(Packed ? packed[R] : rows[R][k])...};                                       \
      ((sum[T] += left[T / vectors] * right[T % vectors]), ...);                                          \
      b += width;                                                                                         \
      if constexpr (Packed) packed += tile_rows;                                                          \
    }                                                                                                     \
    const Scalar alpha = tile.alpha;                                                                      \
    const Scalar beta = tile.beta;                                                                        \
    if (tile.columns == width) {                                                                          \
      Loose* const to[] = {reinterpret_cast<Loose*>(c + static_cast<index_t>(T / vectors) * c_stride +    \
                                                    T % vectors * lanes)...};                             \
      if (beta == Scalar{0}) {                                                                            \
        ((static_cast<index_t>(T / vectors) <= last ? void(*to[T] = alpha * sum[T]) : void()), ...);      \
      } else {                                                                                            \
        ((static_cast<index_t>(T / vectors) <= last ? void(*to[T] = alpha * sum[T] + beta * *to[T])       \
                                                    : void()),                                            \
         ...);                                                                                            \
      }                                                                                                   \
    } else {                                                                                              \
      Scalar out[tile_rows][width];                                                                       \
      ((*reinterpret_cast<Loose*>(out[T / vectors] + T % vectors * lanes) = sum[T]), ...);                \
      for (index_t r = 0; r <= last; ++r) {                                                               \
        Scalar* to = c + r * c_stride;                                                                    \
        for (index_t j = 0; j < tile.columns; ++j) {                                                      \
          to[j] = beta == Scalar{0} ? alpha * out[r][j] : alpha * out[r][j] + beta * to[j];               \
        }                                                                                                 \
      }                                                                                                   \
    }                                                                                                     \
  }
FLASHVIDEO_GEMM_KERNEL(gemm_tile_plain, , 16)
FLASHVIDEO_GEMM_KERNEL(gemm_tile_avx2, FLASHVIDEO_TARGET("avx2,fma"), 32)
FLASHVIDEO_GEMM_KERNEL(gemm_tile_avx512, FLASHVIDEO_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"), 64)
#undef FLASHVIDEO_GEMM_KERNEL

template <typename Scalar, bool Packed, int Vectors>
void run_gemm_tile(InstructionSet form, const GemmTile<Scalar>& tile) {
  const std::make_index_sequence<Vectors> v;
  if (form == InstructionSet::avx512) {
    return gemm_tile_avx512<Packed>(tile, std::make_index_sequence<8>{}, v,
                                    std::make_index_sequence<8 * Vectors>{});
  }
  const std::make_index_sequence<4> r;
  const std::make_index_sequence<4 * Vectors> t;
  if (form == InstructionSet::avx2) return gemm_tile_avx2<Packed>(tile, r, v, t);
  gemm_tile_plain<Packed>(tile, r, v, t);
}

/// Computes one tile with the kernel for its number of registers.
template <typename Scalar>
void run_gemm_tile(InstructionSet form, bool packed, index_t vectors, const GemmTile<Scalar>& tile) {
  if (packed) {
    if (vectors == 3) return run_gemm_tile<Scalar, true, 3>(form, tile);
    if (vectors == 2) return run_gemm_tile<Scalar, true, 2>(form, tile);
    return run_gemm_tile<Scalar, true, 1>(form, tile);
  }
  if (vectors == 3) return run_gemm_tile<Scalar, false, 3>(form, tile);
  if (vectors == 2) return run_gemm_tile<Scalar, false, 2>(form, tile);
  run_gemm_tile<Scalar, false, 1>(form, tile);
}

}  // namespace flashvideo::cpu_detail
