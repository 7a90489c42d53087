// SPDX-License-Identifier: MIT
#include "flashvideo/backend/compact_bfloat16.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "flashvideo/backend/cpu/packed_rows.hpp"
#include "support/catch.hpp"
#include "support/gradient_check.hpp"

using namespace flashvideo;

namespace {

/// Rows of normal numbers with a few that are far from them: zeros, subnormal and huge numbers, infinities.
std::vector<float> rows_with_outliers(index_t rows, index_t inner) {
  auto w = test::normal_numbers<float>(rows * inner, 8, 0.7);
  const float rare[] = {
      0.0F, -0.0F, 1e-40F, -3e-39F, 1e30F, -1e-30F, std::numeric_limits<float>::infinity(), -1e-20F};
  std::size_t next = 0;
  for (std::size_t i = 0; i < w.size(); i += 29) w[i] = rare[next++ % 8];
  return w;
}

struct Panels {
  Panels(const std::vector<float>& w, index_t rows, index_t inner)
      : view{WeightStorage::bfloat16, nullptr, rows, inner, 1, false, true}, memory(view.bytes()) {
    REQUIRE(fits_compact({w.data(), {rows, inner}}, view));
    pack_matrix({w.data(), {rows, inner}}, view, memory.data());
    view.data = memory.data();
  }
  std::uint16_t bits(index_t m, index_t k) const {
    index_t j = 0;
    const std::byte* panel = view.panel_of<CompactBfloat16Weights>(m, j);
    return CompactBfloat16Weights::bits(panel, j, k);
  }
  PackedMatrix view;
  HostBuffer<std::byte> memory;
};

}  // namespace

TEST_CASE("CompactBfloat16Weights: no bit of a weight is lost") {
  for (const index_t rows : {1, 4, 7}) {
    for (const index_t inner : {1, 31, 32, 33, 90}) {
      const auto w = rows_with_outliers(rows, inner);
      const Panels panels(w, rows, inner);
      for (index_t m = 0; m < rows; ++m) {
        for (index_t k = 0; k < inner; ++k)
          REQUIRE(panels.bits(m, k) == normal_bfloat16(w[static_cast<std::size_t>(m * inner + k)]));
      }
    }
  }
}

TEST_CASE("CompactBfloat16Weights: a weight takes 12 bits and its share of the panel's header") {
  const PackedMatrix plain{WeightStorage::bfloat16, nullptr, 3072, 768, 1};
  PackedMatrix compact = plain;
  compact.compact = true;
  CHECK(plain.bytes() == 3072 * 768 * 2);
  CHECK(compact.bytes() == 3072 * 768 * 3 / 2 + 3072 / 4 * 128);
}

TEST_CASE("CompactBfloat16Weights: fifteen weights of a panel may have other exponents than its sixteen") {
  const index_t inner = 64;
  std::vector<float> w(4 * inner);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = std::ldexp(1.0F, -static_cast<int>(i % 16));
  const PackedMatrix shape{WeightStorage::bfloat16, nullptr, 4, inner, 1, false, true};
  for (std::size_t count = 0; count <= 17; ++count) {
    INFO(count << " outliers");
    CHECK(fits_compact({w.data(), {4, inner}}, shape) == (count <= 15));
    w[count * 15] = std::ldexp(1.5F, 20 + static_cast<int>(count));
  }
}

#if FLASHVIDEO_X86
TEST_CASE("CompactBfloat16Weights: AVX-512 expands a panel to that of plain bfloat16") {
  if (best_instruction_set() != InstructionSet::avx512) return;
  for (const index_t inner : {1, 32, 90, 768}) {
    auto w = rows_with_outliers(4, std::min<index_t>(inner, 90));
    w.resize(static_cast<std::size_t>(4 * inner), 0.25F);
    const Panels panels(w, 4, inner);
    const PackedMatrix plain{WeightStorage::bfloat16, nullptr, 4, inner, 1};
    const HostBuffer<std::byte> expected(plain.bytes()), expanded(plain.bytes());
    pack_matrix({w.data(), {4, inner}}, plain, expected.data());
    detail::expand_panel(panels.view.data, inner, expanded.data());
    CHECK(std::equal(expected.data(), expected.data() + plain.bytes(), expanded.data()));
  }
}
#endif

TEST_CASE("CompactBfloat16Weights: outliers take part in products of every form as other weights do") {
  const index_t inner = 90, outputs = 11;
  auto w = rows_with_outliers(outputs, inner);
  for (float& value : w) {
    if (std::isinf(value)) value = 1e20F;
  }
  const Panels compact(w, outputs, inner);
  PackedMatrix plain{WeightStorage::bfloat16, nullptr, outputs, inner, 1};
  const HostBuffer<std::byte> memory(plain.bytes());
  pack_matrix({w.data(), {outputs, inner}}, plain, memory.data());
  plain.data = memory.data();
  for (const InstructionSet form : {InstructionSet::plain, InstructionSet::avx2, InstructionSet::avx512}) {
    if (form > best_instruction_set()) continue;
    const Cpu cpu(1, form);
    Workspace<Cpu> workspace(cpu);
    for (const index_t rows : {1, 2, 3, 4, 7}) {
      const auto x = test::normal_numbers<float>(rows * inner, 9);
      std::vector<float> y(static_cast<std::size_t>(rows * outputs)), expected = y;
      packed_rows(cpu, {x.data(), {rows, inner}}, compact.view, {y.data(), {rows, outputs}}, workspace);
      packed_rows(cpu, {x.data(), {rows, inner}}, plain, {expected.data(), {rows, outputs}}, workspace);
      REQUIRE(y == expected);
    }
  }
}
