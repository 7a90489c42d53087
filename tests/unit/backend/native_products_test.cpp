// SPDX-License-Identifier: MIT
#include "flashvideo/backend/cpu/native_products.hpp"

#include <limits>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/oracle/matrix_product.hpp"

using namespace flashvideo;
using oracle::Extents;
using oracle::StridedMatrix;

TEMPLATE_TEST_CASE("NativeProducts: gemm equals the plain double sum", "", float, double) {
  constexpr double epsilon = std::numeric_limits<TestType>::epsilon();
  ThreadPool pool(2);
  for (const auto form : oracle::forms()) {
    for (const auto& e : oracle::odd_extents) {
      for (const auto ta : oracle::both) {
        for (const auto tb : oracle::both) {
          for (const auto& [alpha, beta] : {std::pair{1.0, 0.0}, {1.0, 1.0}, {-0.5, 2.0}}) {
            INFO("form " << static_cast<int>(form) << " m " << e.m << " n " << e.n << " k " << e.k << " ta "
                         << (ta == Transpose::yes) << " tb " << (tb == Transpose::yes) << " beta " << beta);
            const auto gemm = [&](auto... arguments) { NativeProducts::gemm(pool, form, arguments...); };
            REQUIRE(oracle::worst_product_error<TestType>(e, ta, tb, TestType(alpha), TestType(beta), gemm) <=
                    8.0 * epsilon);
          }
        }
      }
    }
  }
}

TEST_CASE("NativeProducts: threads and pieces do not change a bit") {
  constexpr Extents cases[] = {{1030, 70, 50}, {70, 1100, 300}, {768, 192, 1000}};
  for (const auto& e : cases) {
    for (const auto ta : oracle::both) {
      for (const auto tb : oracle::both) {
        StridedMatrix<float> a(ta == Transpose::yes ? e.k : e.m, ta == Transpose::yes ? e.m : e.k, 0, 1);
        StridedMatrix<float> b(tb == Transpose::yes ? e.n : e.k, tb == Transpose::yes ? e.k : e.n, 0, 2);
        StridedMatrix<float> one(e.m, e.n, 0, 3);
        NativeProducts::gemm<float>(*std::make_unique<ThreadPool>(1), best_instruction_set(), ta, tb, 1.0F,
                                    a.view(), b.view(), 1.0F, one.view());
        for (const int threads : {2, 3, 8}) {
          ThreadPool pool(threads);
          StridedMatrix<float> many(e.m, e.n, 0, 3);
          NativeProducts::gemm<float>(pool, best_instruction_set(), ta, tb, 1.0F, a.view(), b.view(), 1.0F,
                                      many.view());
          REQUIRE(one.storage == many.storage);
        }
      }
    }
  }
}

TEST_CASE("NativeProducts: an empty inner extent leaves beta c") {
  ThreadPool pool(1);
  StridedMatrix<float> c(3, 4, 0, 1);
  const auto before = c.storage;
  const MatrixView<const float> a(nullptr, {3, 0});
  const MatrixView<const float> b(nullptr, {0, 4});
  NativeProducts::gemm(pool, best_instruction_set(), Transpose::no, Transpose::no, 1.0F, a, b, 2.0F,
                       c.view());
  for (std::size_t i = 0; i < 12; ++i) REQUIRE(c.storage[i] == 2.0F * before[i]);
  NativeProducts::gemm(pool, best_instruction_set(), Transpose::no, Transpose::no, 1.0F, a, b, 0.0F,
                       c.view());
  for (std::size_t i = 0; i < 12; ++i) REQUIRE(c.storage[i] == 0.0F);
}

TEST_CASE("NativeProducts: gemm_serial runs inside a pool's body") {
  ThreadPool pool(3);
  std::vector<double> worst(40);
  pool.parallel_for(40, 1, [&](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) {
      const auto gemm = [&](auto... arguments) {
        cpu_detail::gemm_serial(best_instruction_set(), arguments...);
      };
      worst[static_cast<std::size_t>(i)] = oracle::worst_product_error<float>(
          {64 + i, 64, 16 + i}, Transpose::no, Transpose::yes, 1.0F, 0.0F, gemm);
    }
  });
  for (const double error : worst) REQUIRE(error <= 8.0 * std::numeric_limits<float>::epsilon());
}

TEST_CASE("Cpu: gemm refuses extents that do not fit") {
  const Cpu cpu(1);
  std::vector<float> data(64);
  const MatrixView<const float> a(data.data(), {2, 3});
  const MatrixView<const float> b(data.data(), {4, 5});
  REQUIRE_THROWS_AS(
      cpu.gemm(Transpose::no, Transpose::no, 1.0F, a, b, 0.0F, MatrixView<float>(data.data(), {2, 5})),
      shape_error);
  REQUIRE_THROWS_WITH(
      cpu.gemm(Transpose::no, Transpose::no, 1.0F, a, b, 0.0F, MatrixView<float>(data.data(), {2, 5})),
      Catch::Contains("(2, 3) times (4, 5)"));
}
