// SPDX-License-Identifier: MIT
#include "flashvideo/backend/compact_bfloat16.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/verbs.hpp"
#include "support/catch.hpp"
#include "support/gradient_check.hpp"
#include "support/oracle/matrix_product.hpp"

using namespace flashvideo;

namespace {

/// Rows (rows, inner) in which every panel has 16 common exponents and 15 weights of others: two in one
/// block, some in the first and in the last one, in each of its rows; zeros, subnormal and huge numbers,
/// infinities, NaN among them. `inner` is a multiple of 32 of at least 96.
std::vector<float> rows_with_outliers(index_t rows, index_t inner) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const float rare[] = {0.0F,   -0.0F,  1e-40F, -3e-39F,  1e30F,
                        -1e30F, 1e-30F, 1e-20F, infinity, -infinity,
                        3e20F,  -1e9F,  1e12F,  -1e-12F,  std::numeric_limits<float>::quiet_NaN()};
  std::vector<float> w(static_cast<std::size_t>(rows * inner));
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] = std::ldexp(i % 3 == 0 ? -1.3F : 1.7F, -static_cast<int>(i % 16));
  for (index_t first = 0; first < rows; first += 4) {
    const index_t height = std::min<index_t>(4, rows - first);
    for (index_t i = 0; i < 15; ++i) {
      const index_t k = i < 2 ? 1 + 4 * i : i < 13 ? 5 * i : inner - i + 6;
      w[static_cast<std::size_t>((first + i % height) * inner + k)] = rare[i];
    }
  }
  return w;
}

struct Panels {
  Panels(const std::vector<float>& w, index_t rows, index_t inner, index_t parts = 1)
      : view{PanelLayout::compact_bfloat16, nullptr, rows, inner, parts}, memory(view.bytes()) {
    REQUIRE(fits_compact({w.data(), {rows, inner}}, view));
    pack_matrix({w.data(), {rows, inner}}, view, memory.data());
    view.data = memory.data();
  }
  const std::byte* panel(index_t p) const {
    return view.data + p * view.panel_bytes<CompactBfloat16Weights>();
  }
  index_t outliers(index_t p) const {
    const auto& list = CompactBfloat16Weights::header(panel(p)).outliers;
    return std::count_if(std::begin(list), std::end(list),
                         [](const auto& outlier) { return outlier.block != CompactBfloat16Weights::unused; });
  }
  std::uint16_t bits(index_t m, index_t k) const {
    index_t j = 0;
    const std::byte* from = view.panel_of<CompactBfloat16Weights>(m, j);
    return CompactBfloat16Weights::bits(from, j, k);
  }
  PackedMatrix view;
  HostBuffer<std::byte> memory;
};

}  // namespace

TEST_CASE("CompactBfloat16Weights: no bit of a weight is lost, those of outliers included") {
  for (const index_t rows : {1, 3, 4, 7, 8}) {
    for (const index_t inner : {96, 160, 768}) {
      for (const index_t parts : {1, 2}) {
        if (rows % parts != 0) continue;
        const auto w = rows_with_outliers(rows, inner);
        const Panels panels(w, rows, inner, parts);
        if (parts == 1) {
          for (index_t p = 0; p < panels.view.panels<CompactBfloat16Weights>(); ++p)
            REQUIRE(panels.outliers(p) == 15);
        }
        for (index_t m = 0; m < rows; ++m) {
          for (index_t k = 0; k < inner; ++k)
            REQUIRE(panels.bits(m, k) == normal_bfloat16(w[static_cast<std::size_t>(m * inner + k)]));
        }
      }
    }
  }
}

TEST_CASE("CompactBfloat16Weights: rows need not end with a block") {
  for (const index_t inner : {1, 31, 33, 90}) {
    const auto w = test::normal_numbers<float>(7 * inner, 8, 0.7);
    const Panels panels(w, 7, inner);
    for (index_t m = 0; m < 7; ++m) {
      for (index_t k = 0; k < inner; ++k)
        REQUIRE(panels.bits(m, k) == normal_bfloat16(w[static_cast<std::size_t>(m * inner + k)]));
    }
  }
}

TEST_CASE("CompactBfloat16Weights: a weight takes 12 bits and its share of the panel's header") {
  const PackedMatrix whole{PanelLayout::bfloat16, nullptr, 3072, 768};
  const PackedMatrix compact{PanelLayout::compact_bfloat16, nullptr, 3072, 768};
  CHECK(whole.bytes() == 3072 * 768 * 2);
  CHECK(compact.bytes() == 3072 * 768 * 3 / 2 + 3072 / 4 * 128);
}

TEST_CASE("CompactBfloat16Weights: fifteen weights of a panel may have other exponents than its sixteen") {
  const index_t inner = 64;
  std::vector<float> w(4 * inner);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = std::ldexp(1.0F, -static_cast<int>(i % 16));
  const PackedMatrix shape{PanelLayout::compact_bfloat16, nullptr, 4, inner};
  for (std::size_t count = 0; count <= 17; ++count) {
    INFO(count << " outliers");
    CHECK(fits_compact({w.data(), {4, inner}}, shape) == (count <= 15));
    w[count * 15] = std::ldexp(1.5F, 20 + static_cast<int>(count));
  }
}

#if FLASHVIDEO_X86
TEST_CASE("CompactBfloat16Weights: AVX-512 expands a panel to that of whole bfloat16") {
  if (best_instruction_set() != InstructionSet::avx512) return;
  for (const index_t inner : {96, 160, 768}) {
    const auto w = rows_with_outliers(4, inner);
    const Panels panels(w, 4, inner);
    REQUIRE(panels.outliers(0) == 15);
    const PackedMatrix whole{PanelLayout::bfloat16, nullptr, 4, inner, 1};
    const HostBuffer<std::byte> expected(whole.bytes()), expanded(whole.bytes());
    pack_matrix({w.data(), {4, inner}}, whole, expected.data());
    cpu_detail::expand_panel(panels.view.data, inner, expanded.data());
    CHECK(std::equal(expected.data(), expected.data() + whole.bytes(), expanded.data()));
  }
}
#endif

TEST_CASE("CompactBfloat16Weights: outliers take part in products of every form as other weights do") {
  const index_t inner = 96, outputs = 11;
  auto w = rows_with_outliers(outputs, inner);
  for (float& value : w) {  // sums must stay numbers, and each outlier must matter
    if (!(std::abs(value) < 1e18F)) value = 1e5F;
  }
  const Panels compact(w, outputs, inner);
  for (index_t p = 0; p < 3; ++p) REQUIRE(compact.outliers(p) >= 10);
  PackedMatrix whole{PanelLayout::bfloat16, nullptr, outputs, inner, 1};
  const HostBuffer<std::byte> memory(whole.bytes());
  pack_matrix({w.data(), {outputs, inner}}, whole, memory.data());
  whole.data = memory.data();
  for (const InstructionSet form : oracle::forms()) {
    const Cpu cpu(1, form);
    Workspace<Cpu> workspace(cpu);
    for (const index_t rows : {1, 2, 3, 4, 7}) {
      const auto x = test::normal_numbers<float>(rows * inner, 9);
      std::vector<float> y(static_cast<std::size_t>(rows * outputs)), expected = y;
      verbs::packed_rows(cpu, {x.data(), {rows, inner}}, compact.view, {y.data(), {rows, outputs}},
                         workspace);
      verbs::packed_rows(cpu, {x.data(), {rows, inner}}, whole, {expected.data(), {rows, outputs}},
                         workspace);
      REQUIRE(y == expected);
    }
  }
}
