// SPDX-License-Identifier: MIT
#include "flashvideo/backend/cpu/native_products.hpp"

#include <limits>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/oracle/matrix_product.hpp"

using namespace flashvideo;
using oracle::StridedMatrix;

namespace {

struct Extents {
  index_t m, n, k;
};
constexpr Extents odd_extents[] = {{1, 1, 1},     {1, 17, 3},  {17, 1, 5},   {7, 47, 17},  {8, 48, 16},
                                   {9, 49, 33},   {5, 97, 2},  {33, 31, 64}, {4, 12, 1},   {131, 66, 19},
                                   {50, 20, 500}, {2, 900, 3}, {300, 3, 7},  {64, 64, 64}, {129, 48, 241}};
constexpr Transpose both[] = {Transpose::no, Transpose::yes};

std::vector<InstructionSet> forms() {
  std::vector<InstructionSet> found;
  for (const auto form : {InstructionSet::plain, InstructionSet::avx2, InstructionSet::avx512}) {
    if (form <= best_instruction_set()) found.push_back(form);
  }
  return found;
}

/// Largest error of one product against the oracle, in units of the scalar's epsilon times the terms'
/// magnitudes.
template <typename Scalar, typename Gemm>
double worst_error(const Extents& e, Transpose ta, Transpose tb, Scalar alpha, Scalar beta,
                   const Gemm& gemm) {
  StridedMatrix<Scalar> a(ta == Transpose::yes ? e.k : e.m, ta == Transpose::yes ? e.m : e.k, 3, 1);
  StridedMatrix<Scalar> b(tb == Transpose::yes ? e.n : e.k, tb == Transpose::yes ? e.k : e.n, 1, 2);
  StridedMatrix<Scalar> c(e.m, e.n, 5, 3);
  const StridedMatrix<Scalar> before = c;
  if (beta == Scalar{0}) {
    for (index_t i = 0; i < e.m; ++i) {
      for (index_t j = 0; j < e.n; ++j) c.view()(i, j) = std::numeric_limits<Scalar>::quiet_NaN();
    }
  }
  gemm(ta, tb, alpha, MatrixView<const Scalar>(a.view()), MatrixView<const Scalar>(b.view()), beta, c.view());
  if (!c.gaps_untouched()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  StridedMatrix<Scalar> old = before;
  for (index_t i = 0; i < e.m; ++i) {
    for (index_t j = 0; j < e.n; ++j) {
      const auto expected =
          oracle::product_element<Scalar>(ta, tb, alpha, a.view(), b.view(), beta, old.view()(i, j), i, j);
      const double error = std::abs(static_cast<double>(c.view()(i, j)) - expected.value) /
                           (expected.magnitude * std::numeric_limits<Scalar>::epsilon());
      if (!(error <= worst)) worst = error;  // a NaN stays
    }
  }
  return worst;
}

}  // namespace

TEMPLATE_TEST_CASE("NativeProducts: gemm equals the plain double sum", "", float, double) {
  ThreadPool pool(2);
  for (const auto form : forms()) {
    for (const auto& e : odd_extents) {
      for (const auto ta : both) {
        for (const auto tb : both) {
          for (const auto& [alpha, beta] : {std::pair{1.0, 0.0}, {1.0, 1.0}, {-0.5, 2.0}}) {
            INFO("form " << static_cast<int>(form) << " m " << e.m << " n " << e.n << " k " << e.k << " ta "
                         << (ta == Transpose::yes) << " tb " << (tb == Transpose::yes) << " beta " << beta);
            const auto gemm = [&](auto... arguments) { NativeProducts::gemm(pool, form, arguments...); };
            REQUIRE(worst_error<TestType>(e, ta, tb, TestType(alpha), TestType(beta), gemm) <= 8.0);
          }
        }
      }
    }
  }
}

TEST_CASE("NativeProducts: threads and pieces do not change a bit") {
  constexpr Extents cases[] = {{1030, 70, 50}, {70, 1100, 300}, {768, 192, 1000}};
  for (const auto& e : cases) {
    for (const auto ta : both) {
      for (const auto tb : both) {
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
      const auto gemm = [&](auto... arguments) { detail::gemm_serial(best_instruction_set(), arguments...); };
      worst[static_cast<std::size_t>(i)] =
          worst_error<float>({64 + i, 64, 16 + i}, Transpose::no, Transpose::yes, 1.0F, 0.0F, gemm);
    }
  });
  for (const double error : worst) REQUIRE(error <= 8.0);
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
