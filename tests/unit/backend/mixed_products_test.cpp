// SPDX-License-Identifier: MIT
#include "flashvideo/backend/cpu/mixed_products.hpp"

#include "support/catch.hpp"
#include "support/oracle/matrix_product.hpp"

using namespace flashvideo;
using oracle::StridedMatrix;

namespace {
double rounded(float x) { return static_cast<double>(detail::round_to_bfloat16(x)); }
}  // namespace

TEST_CASE("round_to_bfloat16: the nearest value of eight bits, ties to even") {
  REQUIRE(detail::round_to_bfloat16(1.0F) == 1.0F);
  REQUIRE(detail::round_to_bfloat16(1.0F + 0x1p-8F) == 1.0F);                // a tie, even below
  REQUIRE(detail::round_to_bfloat16(1.0F + 3 * 0x1p-8F) == 1.0F + 0x1p-6F);  // a tie, even above
  REQUIRE(detail::round_to_bfloat16(1.0F + 0x1.01p-8F) == 1.0F + 0x1p-7F);
  REQUIRE(detail::round_to_bfloat16(-3.0F) == -3.0F);
  REQUIRE(std::isnan(detail::round_to_bfloat16(std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE("MixedProducts: gemm equals the double sum over rounded operands") {
  ThreadPool pool(2);
  WARN("bfloat16: " << (detail::amx_available()        ? "AMX tiles"
                        : detail::bfloat16_available() ? "VDPBF16PS"
                                                       : "rounded copies"));
  for (const auto form : oracle::forms()) {
    for (const auto& e : oracle::odd_extents) {
      for (const auto ta : oracle::both) {
        for (const auto tb : oracle::both) {
          for (const auto& [alpha, beta] : {std::pair{1.0F, 0.0F}, {1.0F, 1.0F}, {-0.5F, 2.0F}}) {
            INFO("form " << static_cast<int>(form) << " m " << e.m << " n " << e.n << " k " << e.k << " ta "
                         << (ta == Transpose::yes) << " tb " << (tb == Transpose::yes) << " beta " << beta);
            const auto gemm = [&](auto... arguments) { MixedProducts::gemm(pool, form, arguments...); };
            REQUIRE(oracle::worst_product_error<float>(e, ta, tb, alpha, beta, gemm, rounded) <= 1e-6);
          }
        }
      }
    }
  }
}

TEST_CASE("MixedProducts: long sums and large tiles equal the double sum over rounded operands") {
  ThreadPool pool(2);
  for (const auto& e : {oracle::Extents{96, 64, 1700}, {300, 130, 96}, {48, 1600, 64}}) {
    for (const auto ta : oracle::both) {
      for (const auto tb : oracle::both) {
        const auto gemm = [&](auto... arguments) {
          MixedProducts::gemm(pool, best_instruction_set(), arguments...);
        };
        REQUIRE(oracle::worst_product_error<float>(e, ta, tb, 1.0F, 0.0F, gemm, rounded) <= 1e-6);
        REQUIRE(oracle::worst_product_error<float>(e, ta, tb, 1.0F, 1.0F, gemm, rounded) <= 1e-6);
      }
    }
  }
}

TEST_CASE("MixedProducts: double is not rounded") {
  ThreadPool pool(1);
  const auto gemm = [&](auto... arguments) {
    MixedProducts::gemm(pool, best_instruction_set(), arguments...);
  };
  REQUIRE(oracle::worst_product_error<double>({33, 31, 64}, Transpose::no, Transpose::no, 1.0, 0.0, gemm) <=
          1e-14);
}

TEST_CASE("MixedProducts: threads do not change a bit, also from inside a pool's body") {
  StridedMatrix<float> a(1100, 200, 0, 1);
  StridedMatrix<float> b(96, 200, 0, 2);
  StridedMatrix<float> one(1100, 96, 0, 3);
  MixedCpu(1).gemm(Transpose::no, Transpose::yes, 1.0F, a.view(), b.view(), 0.0F, one.view());
  for (const int threads : {2, 3, 8}) {
    StridedMatrix<float> many(1100, 96, 0, 4);
    MixedCpu(threads).gemm(Transpose::no, Transpose::yes, 1.0F, a.view(), b.view(), 0.0F, many.view());
    REQUIRE(one.storage == many.storage);
    StridedMatrix<float> inside(1100, 96, 0, 5);
    ThreadPool(threads).parallel_for(11, 1, [&](index_t begin, index_t end) {
      for (index_t i = begin; i < end; ++i) {
        detail::mixed_gemm_serial<float>(best_instruction_set(), Transpose::no, Transpose::yes, 1.0F,
                                         a.view().rows(100 * i, 100), b.view(), 0.0F,
                                         inside.view().rows(100 * i, 100));
      }
    });
    REQUIRE(one.storage == inside.storage);
  }
}
