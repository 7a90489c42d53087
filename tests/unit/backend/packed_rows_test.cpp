// SPDX-License-Identifier: MIT
#include "flashvideo/backend/packed_rows.hpp"

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/mixed_products.hpp"  // whose names must not hide those of packed_rows
#include "flashvideo/backend/verbs.hpp"
#include "flashvideo/nn/activation.hpp"
#include "support/catch.hpp"
#include "support/oracle/matrix_product.hpp"

using namespace flashvideo;
using oracle::StridedMatrix;

namespace {

/// The canonical order in words: element k joins lane k mod 16 by fma; lanes join 8, 4, 2, 1 apart.
float canonical_sum_of(const std::vector<float>& x, const std::vector<float>& w) {
  float lane[16] = {};
  for (std::size_t k = 0; k < x.size(); ++k) lane[k % 16] = std::fma(x[k], w[k], lane[k % 16]);
  for (const int half : {8, 4, 2, 1}) {
    for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
  }
  return lane[0];
}

/// x rounded to 24 bits as if exponents had no end, then zero if that is below the smallest normal float.
float flushed(double exact, float rounded) {
  if (std::abs(exact) < 0x1p-126 - 0x1p-151) return std::copysign(0.0F, rounded);
  return rounded;
}

/// The order of VDPBF16PS in words: of each pair the second, then the first element joins lane (k / 2) mod
/// 16; lanes join 8, 4, 2, 1 apart; nothing is subnormal unless `flush` is false.
float bfloat16_product(std::vector<float> x, std::vector<float> w, bool flush = true) {
  x.resize((x.size() + 31) / 32 * 32);
  w.resize(x.size());
  const auto rounded = [&](float v) {
    const float value = bfloat16_to_float(float_to_bfloat16(v));
    return flush && std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0F, value) : value;
  };
  float lane[16] = {};
  for (std::size_t k = 0; k < x.size(); k += 2) {
    float& sum = lane[k / 2 % 16];
    for (const std::size_t at : {k + 1, k}) {
      const float a = rounded(x[at]), b = rounded(w[at]);
      const double exact = std::fma(static_cast<double>(a), static_cast<double>(b), static_cast<double>(sum));
      sum = flush ? flushed(exact, std::fma(a, b, sum)) : std::fma(a, b, sum);
    }
  }
  for (const int half : {8, 4, 2, 1}) {
    for (int l = 0; l < half; ++l) {
      const double exact = static_cast<double>(lane[l]) + static_cast<double>(lane[l + half]);
      lane[l] = flush ? flushed(exact, lane[l] + lane[l + half]) : lane[l] + lane[l + half];
    }
  }
  return lane[0];
}

/// A row of the input as int8: codes and their scale.
struct Codes {
  std::vector<int> q;
  float scale;
};
Codes quantized(const std::vector<float>& x) {
  float largest = 0;
  for (const float value : x) largest = std::max(largest, std::abs(value));
  Codes codes{{}, largest / 127.0F};
  for (const float value : x) codes.q.push_back(static_cast<int>(std::nearbyint(value * (127.0F / largest))));
  return codes;
}

float int8_product(const std::vector<float>& x, const std::vector<float>& w) {
  const Codes in = quantized(x);
  double largest = 0;
  for (const float value : w) largest = std::max(largest, std::abs(static_cast<double>(value)));
  const double step = largest / 127;
  long sum = 0;
  for (std::size_t k = 0; k < x.size(); ++k) sum += in.q[k] * std::lround(static_cast<double>(w[k]) / step);
  return static_cast<float>(sum) * static_cast<float>(step) * in.scale;
}

float int4_product(const std::vector<float>& x, const std::vector<float>& w) {
  const Codes in = quantized(x);
  float total = 0;
  for (std::size_t first = 0; first < x.size(); first += 32) {
    const std::size_t end = std::min(x.size(), first + 32);
    float extreme = 0;
    for (std::size_t k = first; k < end; ++k) {
      if (std::abs(w[k]) > std::abs(extreme)) extreme = w[k];
    }
    const float step = bfloat16_to_float(float_to_bfloat16(-extreme / 8));
    long sum = 0;
    for (std::size_t k = first; k < end; ++k)
      sum += in.q[k] * std::clamp<long>(std::lround(w[k] / step), -8, 7);
    total = std::fma(static_cast<float>(sum), step, total);
  }
  return total * in.scale;
}

float oracle_product(PanelLayout layout, const std::vector<float>& x, const std::vector<float>& w) {
  switch (layout) {
    case PanelLayout::int8:
      return int8_product(x, w);
    case PanelLayout::int4:
      return int4_product(x, w);
    case PanelLayout::bfloat16:
    case PanelLayout::compact_bfloat16:
      return bfloat16_product(x, w);
    case PanelLayout::rows:
    case PanelLayout::float32:
      break;
  }
  return canonical_sum_of(x, w);
}

std::vector<float> row_of(MatrixView<const float> x, index_t r) { return {x.row(r), x.row(r) + x.width()}; }

const PanelLayout layouts[] = {PanelLayout::rows,     PanelLayout::float32,
                               PanelLayout::bfloat16, PanelLayout::compact_bfloat16,
                               PanelLayout::int8,     PanelLayout::int4};

/// A packed copy of w in the host's memory.
struct Packed {
  Packed(MatrixView<const float> w, PanelLayout layout, index_t parts = 1)
      : view{layout, nullptr, w.rows(), w.width(), parts}, memory(view.bytes()) {
    REQUIRE((layout != PanelLayout::compact_bfloat16 || fits_compact(w, view)));
    pack_matrix(w, view, memory.data());
    view.data = memory.data();
  }
  PackedMatrix view;
  HostBuffer<std::byte> memory;
};

bool same(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

}  // namespace

TEST_CASE("packed_rows: every storage, form, size and number of threads has the bits of the plain loops") {
  for (const PanelLayout layout : layouts) {
    for (const index_t rows : {1, 2, 3, 5, 13}) {
      for (const index_t outputs : {1, 4, 6, 17, 51}) {
        for (const index_t inner : {1, 15, 16, 17, 31, 32, 33, 48, 64, 101}) {
          StridedMatrix<float> x(rows, inner, 3, 1);
          StridedMatrix<float> w(outputs, inner, 1, 2);
          const Packed packed(w.view(), layout);
          std::vector<float> expected;
          for (index_t r = 0; r < rows; ++r) {
            for (index_t m = 0; m < outputs; ++m)
              expected.push_back(oracle_product(layout, row_of(x.view(), r), row_of(w.view(), m)));
          }
          for (const int threads : {1, 3}) {
            for (const auto form : oracle::forms()) {
              if (threads == 3 && inner % 16 == 0) continue;
              const Cpu cpu(threads, form);
              Workspace<Cpu> workspace(cpu);
              StridedMatrix<float> y(rows, outputs, 2, 3);
              verbs::packed_rows(cpu, x.view(), packed.view, y.view(), workspace);
              INFO("layout " << static_cast<int>(layout) << " form " << static_cast<int>(form) << " threads "
                             << threads << " rows " << rows << " outputs " << outputs << " inner " << inner);
              for (index_t r = 0; r < rows; ++r) {
                for (index_t m = 0; m < outputs; ++m)
                  REQUIRE(same(y.view()(r, m), expected[static_cast<std::size_t>(r * outputs + m)]));
              }
              REQUIRE(y.gaps_untouched());
            }
          }
        }
      }
    }
  }
}

TEST_CASE("packed_rows: float32 has the bits of rows, a lane's negative zero included") {
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  for (const index_t inner : {17, 33, 768}) {
    StridedMatrix<float> x(2, inner, 0, 1), w(70, inner, 0, 2), y(2, 70, 0, 3), expected(2, 70, 0, 3);
    if (inner == 33) {
      for (auto& value : x.storage) value = 1e-30F;
      for (auto& value : w.storage) value = -1e-30F;  // every product rounds to -0
    }
    const Packed packed(w.view(), PanelLayout::float32);
    verbs::packed_rows(cpu, x.view(), packed.view, y.view(), workspace);
    cpu.rows(MatrixView<const float>(x.view()), w.view(), expected.view());
    REQUIRE(std::memcmp(y.storage.data(), expected.storage.data(), 140 * sizeof(float)) == 0);
  }
}

namespace {

/// Rows whose products and sums lie about the smallest normal float.
struct Small {
  explicit Small(float scale_x, float scale_w) : x(7, 70, 0, 1), w(9, 70, 0, 2) {
    for (auto& value : x.storage) value *= scale_x;
    for (auto& value : w.storage) value *= scale_w;
  }
  /// Elements in which it matters that nothing is subnormal.
  index_t flushed() {
    index_t count = 0;
    for (index_t r = 0; r < 7; ++r) {
      for (index_t m = 0; m < 9; ++m) {
        const auto a = row_of(x.view(), r), b = row_of(w.view(), m);
        count += !same(bfloat16_product(a, b), bfloat16_product(a, b, false));
      }
    }
    return count;
  }
  StridedMatrix<float> x, w;
};
std::vector<Small> small_products() {
  return {Small(6e-38F, 1), Small(2e-37F, 1), Small(4e-19F, 4e-19F), Small(1e-18F, 1e-18F)};
}

}  // namespace

TEST_CASE("packed_rows: bfloat16 sums pass through the subnormal range as zeros, in every form") {
  for (Small& small : small_products()) {
    CHECK(small.flushed() > 10);
    for (const auto layout : {PanelLayout::bfloat16, PanelLayout::compact_bfloat16}) {
      const Packed packed(small.w.view(), layout);
      for (const auto form : oracle::forms()) {
        const Cpu cpu(1, form);
        Workspace<Cpu> workspace(cpu);
        StridedMatrix<float> y(7, 9, 0, 3);
        verbs::packed_rows(cpu, small.x.view(), packed.view, y.view(), workspace);
        for (index_t r = 0; r < 7; ++r) {
          for (index_t m = 0; m < 9; ++m)
            REQUIRE(
                same(y.view()(r, m), bfloat16_product(row_of(small.x.view(), r), row_of(small.w.view(), m))));
        }
      }
    }
  }
}

TEST_CASE("packed_rows: bfloat16 sums just below the smallest normal float are zero in every form") {
  for (const auto form : oracle::forms()) {
    const Cpu cpu(1, form);
    Workspace<Cpu> workspace(cpu);
    for (const auto& [w0, expected] :
         {std::pair{0x1p-75F, 0.0F}, {0x1.02p-76F, 0.0F}, {0x1p-76F, 0x1p-126F}, {0x1p-77F, 0x1p-126F}}) {
      const float x[] = {-0x1p-75F, 0x1p-63F};
      const float w[] = {w0, 0x1p-63F};
      float y = 1;
      const Packed packed(MatrixView<const float>(w, {1, 2}), PanelLayout::bfloat16);
      verbs::packed_rows(cpu, MatrixView<const float>(x, {1, 2}), packed.view, MatrixView<float>(&y, {1, 1}),
                         workspace);
      INFO("form " << static_cast<int>(form) << ", " << w0);
      CHECK(y == expected);
    }
  }
}

#if FLASHVIDEO_X86
TEST_CASE(
    "packed_rows: bfloat16 by fma in AVX-512, for machines without VDPBF16PS, has the bits of the plain "
    "loops") {
  if (best_instruction_set() != InstructionSet::avx512) return;
  const Cpu cpu(1);
  Workspace<Cpu> workspace(cpu);
  const auto check = [&]<typename Storage, std::size_t... R>(Storage, StridedMatrix<float>& x,
                                                             StridedMatrix<float>& w,
                                                             std::index_sequence<R...> heights) {
    const Packed packed(
        w.view(), cpu_detail::is_compact<Storage> ? PanelLayout::compact_bfloat16 : PanelLayout::bfloat16);
    const Bfloat16Rows rows = rounded_rows(cpu, MatrixView<const float>(x.view()), workspace);
    float sums[4 * sizeof...(R)];
    {
      const NormalFloats floats;
      cpu_detail::bfloat16_panel_avx512<Storage>({packed.view.data, &rows, 0, x.view().width(), sums},
                                                 heights);
    }
    for (std::size_t i = 0; i < 4 * sizeof...(R); ++i) {
      const auto r = static_cast<index_t>(i / 4), m = static_cast<index_t>(i % 4);
      REQUIRE(same(sums[i], bfloat16_product(row_of(x.view(), r), row_of(w.view(), m))));
    }
  };
  const auto check_heights = [&](StridedMatrix<float>& x, StridedMatrix<float>& w) {
    check(Bfloat16Weights{}, x, w, std::make_index_sequence<1>{});
    check(Bfloat16Weights{}, x, w, std::make_index_sequence<2>{});
    check(Bfloat16Weights{}, x, w, std::make_index_sequence<3>{});
    check(Bfloat16Weights{}, x, w, std::make_index_sequence<4>{});
    check(Bfloat16Weights{}, x, w, std::make_index_sequence<6>{});
    check(CompactBfloat16Weights{}, x, w, std::make_index_sequence<1>{});
    check(CompactBfloat16Weights{}, x, w, std::make_index_sequence<2>{});
    check(CompactBfloat16Weights{}, x, w, std::make_index_sequence<3>{});
  };
  for (const index_t inner : {1, 31, 32, 100, 768}) {
    StridedMatrix<float> x(6, inner, 0, 1), w(4, inner, 0, 2);
    check_heights(x, w);
  }
  for (Small& small : small_products()) check_heights(small.x, small.w);
}
#endif

TEST_CASE("packed_rows: the largest codes do not overflow any form") {
  for (const auto layout : {PanelLayout::int8, PanelLayout::int4}) {
    const index_t inner = 4096;
    StridedMatrix<float> x(1, inner, 0, 1), w(16, inner, 0, 2), y(1, 16, 0, 3);
    for (const float sign : {1.0F, -1.0F}) {
      std::fill(x.storage.begin(), x.storage.end(), sign);
      std::fill(w.storage.begin(), w.storage.end(), -1.0F);
      const Packed packed(w.view(), layout);
      for (const auto form : oracle::forms()) {
        const Cpu cpu(1, form);
        Workspace<Cpu> workspace(cpu);
        verbs::packed_rows(cpu, x.view(), packed.view, y.view(), workspace);
        for (index_t m = 0; m < 16; ++m) REQUIRE(y.view()(0, m) == Approx(-sign * 4096).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("packed_rows: a row's bits do not depend on the rows around it") {
  const Cpu cpu(3);
  Workspace<Cpu> workspace(cpu);
  for (const PanelLayout layout : layouts) {
    StridedMatrix<float> x(29, 100, 0, 1), w(57, 100, 0, 2), all(29, 57, 0, 3);
    const Packed packed(w.view(), layout);
    verbs::packed_rows(cpu, x.view(), packed.view, all.view(), workspace);
    for (const index_t span : {1, 2, 7, 8}) {
      StridedMatrix<float> parts(29, 57, 0, 4);
      for (index_t begin = 0; begin < 29; begin += span) {
        const index_t count = std::min<index_t>(span, 29 - begin);
        verbs::packed_rows(cpu, x.view().rows(begin, count), packed.view, parts.view().rows(begin, count),
                           workspace);
      }
      REQUIRE(all.storage == parts.storage);
    }
  }
}

TEST_CASE("packed_rows: epilogues follow each sum, on two parts too") {
  for (const PanelLayout layout : layouts) {
    for (const index_t half : {1, 5, 16, 35}) {
      StridedMatrix<float> x(3, 40, 0, 1), w(2 * half, 40, 0, 2), h(3, 2 * half, 0, 3),
          plain(3, 2 * half, 0, 4);
      StridedMatrix<float> a(3, half, 2, 5), residual(3, 2 * half, 1, 6);
      const Packed packed(w.view(), layout), two(w.view(), layout, 2);
      for (const auto form : oracle::forms()) {
        const Cpu cpu(3, form);
        Workspace<Cpu> workspace(cpu);
        verbs::packed_rows(cpu, x.view(), packed.view, plain.view(), workspace);
        verbs::packed_rows(cpu, x.view(), two.view, h.view(), workspace,
                           GateEpilogue<float, Swish>{h.view(), a.view()});
        REQUIRE(std::equal(plain.storage.begin(), plain.storage.end() - 1, h.storage.begin()));
        StridedMatrix<float> sum = residual;
        verbs::packed_rows(cpu, x.view(), packed.view, h.view(), workspace,
                           AddEpilogue<float>{h.view(), sum.view()});
        for (index_t r = 0; r < 3; ++r) {
          for (index_t c = 0; c < 2 * half; ++c)
            REQUIRE(same(sum.view()(r, c), residual.view()(r, c) + plain.view()(r, c)));
          for (index_t c = 0; c < half; ++c)
            REQUIRE(same(a.view()(r, c), Swish::value(plain.view()(r, c)) * plain.view()(r, half + c)));
        }
        REQUIRE(a.gaps_untouched());
      }
    }
  }
}

TEST_CASE("packed_rows: nothing to do, zeros and rows without a scale are no errors") {
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  for (const PanelLayout layout : layouts) {
    StridedMatrix<float> x(2, 20, 0, 1), w(5, 20, 0, 2), y(2, 5, 0, 3);
    std::fill_n(x.storage.begin(), 20, 0.0F);
    std::fill_n(w.storage.begin() + 40, 20, 0.0F);
    const Packed packed(w.view(), layout);
    verbs::packed_rows(cpu, MatrixView<const float>(nullptr, {0, 20}), packed.view,
                       MatrixView<float>(nullptr, {0, 5}), workspace);
    verbs::packed_rows(cpu, x.view(), packed.view, y.view(), workspace);
    for (index_t m = 0; m < 5; ++m) REQUIRE(y.view()(0, m) == 0.0F);
    REQUIRE(y.view()(1, 2) == 0.0F);
    REQUIRE(y.view()(1, 3) != 0.0F);
  }
}

TEST_CASE("WeightStorage: names there and back") {
  for (const WeightStorage storage : weight_storages)
    CHECK(weight_storage_from_name(weight_storage_name(storage)) == storage);
  CHECK_THROWS_WITH(weight_storage_from_name("int3"),
                    "WeightStorage: \"int3\" is unknown, expected one of float32, bfloat16, int8, int4");
}
