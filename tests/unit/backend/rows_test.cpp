// SPDX-License-Identifier: MIT
#include "flashvideo/backend/cpu/rows.hpp"

#include <cstring>
#include <memory>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/oracle/matrix_product.hpp"

using namespace flashvideo;
using oracle::StridedMatrix;

namespace {

/// The canonical order in words: element k joins lane k mod 16 by fma; lanes join 8, 4, 2, 1 apart.
template <typename Scalar>
Scalar canonical_sum_of(const Scalar* x, const Scalar* w, index_t inner) {
  Scalar lane[16] = {};
  for (index_t k = 0; k < inner; ++k) lane[k % 16] = std::fma(x[k], w[k], lane[k % 16]);
  for (const int half : {8, 4, 2, 1}) {
    for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
  }
  return lane[0];
}

template <typename Scalar>
bool same_bits(MatrixView<Scalar> y, MatrixView<const Scalar> x, MatrixView<const Scalar> w) {
  for (index_t r = 0; r < y.extent(0); ++r) {
    for (index_t m = 0; m < y.extent(1); ++m) {
      const Scalar expected = canonical_sum_of(x.row(r), w.row(m), w.extent(1));
      if (std::memcmp(&expected, &y(r, m), sizeof(Scalar)) != 0) return false;
    }
  }
  return true;
}

}  // namespace

TEMPLATE_TEST_CASE("rows: the canonical order bit for bit, in every form, size and number of threads", "",
                   float, double) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    for (const auto form : oracle::forms()) {
      for (const index_t rows : {1, 2, 3, 4, 5, 6, 7, 19}) {
        for (const index_t outputs : {1, 3, 4, 6, 17, 51}) {
          for (const index_t inner : {1, 7, 8, 9, 15, 16, 17, 31, 64, 101}) {
            if (threads != 2 && inner % 8 == 0) continue;
            StridedMatrix<TestType> x(rows, inner, 3, 1);
            StridedMatrix<TestType> w(outputs, inner, 1, 2);
            StridedMatrix<TestType> y(rows, outputs, 2, 3);
            cpu_detail::cpu_rows<TestType, TestType>(pool, form, x.view(), w.view(), y.view());
            INFO("form " << static_cast<int>(form) << " threads " << threads << " rows " << rows
                         << " outputs " << outputs << " inner " << inner);
            REQUIRE(same_bits<TestType>(y.view(), x.view(), w.view()));
            REQUIRE(y.gaps_untouched());
          }
        }
      }
    }
  }
}

TEST_CASE("rows: a lane that a tail does not reach keeps its negative zero") {
  ThreadPool pool(1);
  for (const auto form : oracle::forms()) {
    StridedMatrix<float> x(1, 17, 0, 1);
    StridedMatrix<float> w(4, 17, 0, 2);
    StridedMatrix<float> y(1, 4, 0, 3);
    for (auto& value : x.storage) value = 1e-30F;
    for (auto& value : w.storage) value = -1e-30F;  // every product rounds to -0
    cpu_detail::cpu_rows<float, float>(pool, form, x.view(), w.view(), y.view());
    REQUIRE(same_bits<float>(y.view(), x.view(), w.view()));
  }
}

TEST_CASE("rows: a row's result does not depend on the rows around it") {
  const Cpu cpu(3);
  StridedMatrix<float> x(29, 100, 0, 1);
  StridedMatrix<float> w(57, 100, 0, 2);
  StridedMatrix<float> all(29, 57, 0, 3);
  cpu.rows(MatrixView<const float>(x.view()), w.view(), all.view());
  for (const index_t span : {1, 2, 3, 7, 8}) {
    StridedMatrix<float> parts(29, 57, 0, 4);
    for (index_t begin = 0; begin < 29; begin += span) {
      const index_t count = std::min<index_t>(span, 29 - begin);
      cpu.rows(MatrixView<const float>(x.view().rows(begin, count)), w.view(),
               parts.view().rows(begin, count));
    }
    REQUIRE(all.storage == parts.storage);
  }
}

TEST_CASE("rows: nothing to do is not an error") {
  const Cpu cpu(2);
  StridedMatrix<float> w(5, 8, 0, 2);
  cpu.rows(MatrixView<const float>(nullptr, {0, 8}), w.view(), MatrixView<float>(nullptr, {0, 5}));
  StridedMatrix<float> y(3, 5, 0, 3);
  cpu.rows(MatrixView<const float>(nullptr, {3, 0}), MatrixView<const float>(nullptr, {5, 0}), y.view());
  for (index_t i = 0; i < 15; ++i) REQUIRE(y.storage[static_cast<std::size_t>(i)] == 0.0F);
}
