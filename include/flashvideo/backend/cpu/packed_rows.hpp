// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>

#include "flashvideo/backend/cpu/packed_bfloat16_kernels.hpp"
#include "flashvideo/backend/cpu/packed_integer_kernels.hpp"
#include "flashvideo/backend/cpu/rows_kernels.hpp"
#include "flashvideo/backend/cpu/scratch.hpp"
#include "flashvideo/backend/packed_rows.hpp"
#include "flashvideo/core/clones.hpp"
#include "flashvideo/core/normal_floats.hpp"

namespace flashvideo::cpu_detail {

template <typename Storage>
inline constexpr bool is_compact = std::is_same_v<Storage, CompactBfloat16Weights>;

/// The register tile of `Rows` rows of input and one panel, in the form given (not baseline).
template <typename Storage, std::size_t Rows>
void panel_tile(InstructionSet form, const std::byte* panel, const PackedMatrix& w, MatrixView<const float> x,
                index_t first, float* sums) {
#if FLASHVIDEO_X86
  const auto* weights = reinterpret_cast<const float*>(panel);
  const RowsTile tile{x.row(first), x.stride(0), w.inner, sums, Storage::panel};
  constexpr auto rows = std::make_index_sequence<Rows>{};
  if (form == InstructionSet::avx512) return rows_tile_avx512(tile, WeightsInPanel{weights}, rows);
  if constexpr (Rows <= 3) {  // its second half finds the panel in the first-level cache
    rows_tile_avx2(tile, WeightsInPanel{weights}, rows);
    RowsTile half = tile;
    half.y += 2;
    rows_tile_avx2(half, WeightsInPanel{weights + 2 * Storage::block}, rows);
  }
#endif
}
template <typename Storage, std::size_t Rows>
void panel_tile(InstructionSet form, const std::byte* panel, const PackedMatrix& w, const Bfloat16Rows& x,
                index_t first, float* sums) {
#if FLASHVIDEO_X86
  static const bool pairs = has_bfloat16_products();
  const Bfloat16Panel task{panel, &x, first, w.inner, sums};
  constexpr auto rows = std::make_index_sequence<Rows>{};
  if (form == InstructionSet::avx512) {
    return pairs ? bfloat16_panel_pairs<Storage>(task, rows) : bfloat16_panel_avx512<Storage>(task, rows);
  }
  if constexpr (Rows <= 3 && !is_compact<Storage>) return bfloat16_panel_avx2(task, rows);
#endif
}
template <typename Storage, std::size_t Rows>
void panel_tile(InstructionSet form, const std::byte* panel, const PackedMatrix& w, const QuantizedRows& x,
                index_t first, float* sums) {
#if FLASHVIDEO_X86
  static const bool vnni = has_vnni();
  const IntegerPanel task{panel, &x, first, w.inner, sums};
  constexpr auto rows = std::make_index_sequence<Rows>{};
  if (form == InstructionSet::avx512 && vnni) {
    if constexpr (Storage::storage == WeightStorage::int8) return int8_panel_vnni(task, rows);
    return int4_panel_vnni(task, rows);
  }
  if constexpr (Rows <= 3) {
    if constexpr (Storage::storage == WeightStorage::int8) return int8_panel_avx2(task, rows);
    return int4_panel_avx2(task, rows);
  }
#endif
}

/// Outputs that share a visit to the rows of input: while these panels pass, a tile of rows stays in the
/// first-level cache, and the panels in the second-level one.
inline constexpr index_t panel_group = 32;

/// All rows of input against panels [first, last), which lie at `panels`, into y.
template <typename Storage, typename Input>
void grouped_panels(InstructionSet form, const Input& x, const PackedMatrix& w, const std::byte* panels,
                    index_t first, index_t last, MatrixView<float> y) {
  const bool wide = form == InstructionSet::avx512 && (!std::is_same_v<Input, QuantizedRows> || has_vnni());
  for (index_t r = 0; r < y.rows();) {
    const auto tile = [&]<std::size_t Rows>(std::integral_constant<std::size_t, Rows>) {
      alignas(64) float sums[Rows * Storage::panel];
      for (index_t p = first; p < last; ++p) {
        panel_tile<Storage, Rows>(form, panels + (p - first) * w.panel_bytes<Storage>(), w, x, r, sums);
        const index_t output = w.first_output<Storage>(p);
        const index_t columns = (std::min)(Storage::panel, (p % w.parts + 1) * w.part_outputs() - output);
        for (std::size_t i = 0; i < Rows; ++i) {
          std::copy_n(sums + i * Storage::panel, columns, y.row(r + static_cast<index_t>(i)) + output);
        }
      }
      r += static_cast<index_t>(Rows);
    };
    const index_t left = y.rows() - r;
    if constexpr (!is_compact<Storage>) {  // for four rows and more packed_panels expands those
      if (wide && left >= 6) {
        tile(std::integral_constant<std::size_t, 6>{});
        continue;
      }
      if (wide && left >= 4) {
        tile(std::integral_constant<std::size_t, 4>{});
        continue;
      }
    }
    if (left >= 3) {
      tile(std::integral_constant<std::size_t, 3>{});
    } else if (left == 2) {
      tile(std::integral_constant<std::size_t, 2>{});
    } else {
      tile(std::integral_constant<std::size_t, 1>{});
    }
  }
}

/// All rows of input against panels [begin, end), into y. Not inlined, since a caller may hold
/// `NormalFloats`.
template <typename Storage, typename Input>
FLASHVIDEO_NOINLINE void packed_panels(InstructionSet form, const Input& x, const PackedMatrix& w,
                                       index_t begin, index_t end, MatrixView<float> y) {
  constexpr index_t group = panel_group / Storage::panel;
  for (index_t first = begin; first < end; first += group) {
    const index_t last = (std::min)(end, first + group);
    const std::byte* panels = w.data + first * w.panel_bytes<Storage>();
#if FLASHVIDEO_X86
    if constexpr (is_compact<Storage>) {
      if (y.rows() > 3) {  // more rows than a tile: decode each panel once
        struct Expanded;
        const index_t bytes = w.panel_bytes<Bfloat16Weights>();
        auto* expanded = ThreadScratch<Expanded>::template take<std::byte>((last - first) * bytes);
        for (index_t p = 0; p < last - first; ++p)
          expand_panel(panels + p * w.panel_bytes<Storage>(), w.inner, expanded + p * bytes);
        grouped_panels<Bfloat16Weights>(form, x, w, expanded, first, last, y);
        continue;
      }
    }
#endif
    grouped_panels<Storage>(form, x, w, panels, first, last, y);
  }
}

/// Every storage in panels, bfloat16 in compact ones where AVX-512 is.
inline PanelLayout cpu_panel_layout(InstructionSet form, WeightStorage storage) {
  if (storage == WeightStorage::float32) return PanelLayout::float32;
  const bool compact = storage == WeightStorage::bfloat16 && form == InstructionSet::avx512;
  return compact ? PanelLayout::compact_bfloat16 : plain::panel_layout(storage);
}

/// `packed_rows` on the host: register tiles, panels shared out among the threads. The epilogue of a range of
/// outputs runs on the thread that computed it, so a product with its epilogue is one meeting of the threads.
template <typename Host, typename Epilogue>
void cpu_packed_rows(const Host& cpu, MatrixView<const float> x, const PackedMatrix& w, MatrixView<float> y,
                     Workspace<Host>& workspace, const Epilogue& epilogue) {
  constexpr index_t smallest_bytes = 24 * 1024;  // of weights, from memory: about 1 us, worth a hand-over
  constexpr index_t smallest_work = 32768;       // multiply-adds, the same where the rows are many
  if (y.rows() == 0) return;
  if (w.layout == PanelLayout::rows) return plain::packed_rows(cpu, x, w, y, workspace, epilogue);
  const auto mark = workspace.mark();
  w.visit_panels([&]<typename Storage>(Storage) {
    const auto input = product_input<Storage>(cpu, x, workspace);
    const index_t sets = w.panels<Storage>() / w.parts;  // panels of the same rows of all parts
    const index_t bytes = std::max<index_t>(1, w.panel_bytes<Storage>() * w.parts);
    const index_t work = std::max<index_t>(1, y.rows() * w.inner * Storage::panel * w.parts);
    const index_t few = (std::min)((smallest_work + work - 1) / work, (smallest_bytes + bytes - 1) / bytes);
    const index_t grain = (std::max)(few, y.rows() < 8 ? 1 : panel_group / (Storage::panel * w.parts));
    cpu.pool().parallel_for(sets, grain, [&](index_t begin, index_t end) {
      const InstructionSet form = cpu.form();
      // compact panels are made where AVX-512 is: another form reads them right, not fast
      if (form == InstructionSet::baseline || (is_compact<Storage> && form == InstructionSet::avx2)) {
        using Element = PackedElement<Storage>;
        const Element element{input, w};
        for (index_t part = 0; part < w.parts; ++part) {
          const index_t first = part * w.part_outputs();
          const index_t last = (std::min)(w.part_outputs(), end * Storage::panel);
          for (index_t r = 0; r < y.rows(); ++r) {
            for (index_t m = begin * Storage::panel; m < last; ++m)
              y.row(r)[first + m] = element(r, first + m);
          }
        }
      } else if constexpr (Storage::storage == WeightStorage::bfloat16) {
        const NormalFloats floats;
        packed_panels<Storage>(form, input, w, begin * w.parts, end * w.parts, y);
      } else {
        packed_panels<Storage>(form, input, w, begin * w.parts, end * w.parts, y);
      }
      if constexpr (is_epilogue<Epilogue>) {
        loop_with(form,
                  EpilogueRows<Epilogue>{epilogue, begin * Storage::panel,
                                         (std::min)(w.part_outputs(), end * Storage::panel)},
                  0, y.rows());
      }
    });
  });
  workspace.release(mark);
}

}  // namespace flashvideo::cpu_detail
