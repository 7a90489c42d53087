// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "flashvideo/backend/compact_bfloat16.hpp"
#include "flashvideo/backend/host_buffer.hpp"
#include "flashvideo/backend/panel_layout.hpp"
#include "flashvideo/core/config.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// A matrix w (M, K) of generation as it lies in memory; non-owning, its memory belongs to a backend.
///
/// A matrix of two parts (fc1 over gate) has equally many rows in each; their panels take turns, so that one
/// range of panels holds the same rows of both.
struct PackedMatrix {
  PanelLayout layout = PanelLayout::float32;  ///< rows, or which panels
  const std::byte* data = nullptr;            ///< aligned to 64 bytes
  index_t outputs = 0;                        ///< M
  index_t inner = 0;                          ///< K
  index_t parts = 1;                          ///< 1, or 2 of equally many rows

  static constexpr index_t largest_inner = 131072;  ///< so that integer sums fit into 32 bits
  static_assert(largest_inner / CompactBfloat16Weights::block < CompactBfloat16Weights::unused);

  /// Rows of a part.
  FLASHVIDEO_HOST_DEVICE index_t part_outputs() const { return outputs / parts; }
  /// From one panel to the next.
  template <typename Storage>
  FLASHVIDEO_HOST_DEVICE index_t panel_bytes() const {
    return (inner + Storage::block - 1) / Storage::block * Storage::block_bytes + Storage::panel_extra;
  }
  /// Panels of all parts.
  template <typename Storage>
  FLASHVIDEO_HOST_DEVICE index_t panels() const {
    return (part_outputs() + Storage::panel - 1) / Storage::panel * parts;
  }
  /// Row j of panel p as a row of w.
  template <typename Storage>
  FLASHVIDEO_HOST_DEVICE index_t first_output(index_t p) const {
    return p % parts * part_outputs() + p / parts * Storage::panel;
  }
  /// The panel of row m and, in `j`, its place there.
  template <typename Storage>
  FLASHVIDEO_HOST_DEVICE const std::byte* panel_of(index_t m, index_t& j) const {
    const index_t part = m / part_outputs();
    const index_t row = m % part_outputs();
    j = row % Storage::panel;
    return data + (row / Storage::panel * parts + part) * panel_bytes<Storage>();
  }
  /// Calls visit(panels) with the layout's panels, which `rows` has not.
  template <typename Visit>
  decltype(auto) visit_panels(Visit&& visit) const {
    switch (layout) {
      case PanelLayout::bfloat16:
        return visit(Bfloat16Weights{});
      case PanelLayout::compact_bfloat16:
        return visit(CompactBfloat16Weights{});
      case PanelLayout::int8:
        return visit(Int8Weights{});
      case PanelLayout::int4:
        return visit(Int4Weights{});
      case PanelLayout::float32:
      case PanelLayout::rows:
        break;
    }
    return visit(Float32Weights{});
  }
  /// Of the whole matrix.
  index_t bytes() const {
    if (layout == PanelLayout::rows) return outputs * inner * static_cast<index_t>(sizeof(float));
    return visit_panels(
        [this]<typename Storage>(Storage) { return panels<Storage>() * panel_bytes<Storage>(); });
  }
  /// The rows of w (M, K) in panel p; null beyond the last of a part.
  template <typename Storage>
  void panel_rows(MatrixView<const float> w, index_t p, const float* (&rows)[Storage::panel]) const {
    const index_t first = first_output<Storage>(p);
    const index_t end = (p % parts + 1) * part_outputs();
    for (index_t j = 0; j < Storage::panel; ++j) rows[j] = first + j < end ? w.row(first + j) : nullptr;
  }
};

/// Whether the panels of w (M, K) may be compact: in none of them do too many weights have rare exponents.
inline bool fits_compact(MatrixView<const float> w, const PackedMatrix& shape) {
  using Storage = CompactBfloat16Weights;
  bool fits = true;
  for (index_t p = 0; fits && p < shape.panels<Storage>(); ++p) {
    const float* rows[Storage::panel];
    shape.panel_rows<Storage>(w, p, rows);
    fits = Storage::fits(rows, shape.inner);
  }
  return fits;
}

/// Packs w (M, K) in pieces of about a MiB: `put(offset, bytes)` takes each.
template <typename Put>
void pack_pieces(MatrixView<const float> w, const PackedMatrix& shape, const Put& put) {
  if (shape.layout == PanelLayout::rows) {
    const auto bytes_of = [](const float* data, index_t count) {
      return std::as_bytes(std::span<const float>(data, static_cast<std::size_t>(count)));
    };
    if (w.dense()) {
      put(index_t{0}, bytes_of(w.data(), w.size()));
      return;
    }
    for (index_t m = 0; m < w.rows(); ++m)
      put(m * w.width() * index_t{sizeof(float)}, bytes_of(w.row(m), w.width()));
    return;
  }
  shape.visit_panels([&]<typename Storage>(Storage) {
    const index_t bytes = shape.panel_bytes<Storage>();
    const index_t at_once = (std::max)(index_t{1}, (index_t{1} << 20) / bytes);
    const index_t panels = shape.panels<Storage>();
    for (index_t first = 0; first < panels; first += at_once) {
      const index_t count = (std::min)(at_once, panels - first);
      const HostBuffer<std::byte> piece(count * bytes);
      for (index_t p = first; p < first + count; ++p) {
        const float* rows[Storage::panel];
        shape.panel_rows<Storage>(w, p, rows);
        Storage::pack(rows, w.extent(1), piece.data() + (p - first) * bytes);
      }
      put(first * bytes, std::span<const std::byte>(piece.data(), static_cast<std::size_t>(count * bytes)));
    }
  });
}

/// Packs w (M, K) into `to`, `shape.bytes()` bytes in host memory.
template <typename = void>
void pack_matrix(MatrixView<const float> w, const PackedMatrix& shape, std::byte* to) {
  pack_pieces(w, shape, [to](index_t offset, std::span<const std::byte> piece) {
    std::copy(piece.begin(), piece.end(), to + offset);
  });
}

}  // namespace flashvideo
