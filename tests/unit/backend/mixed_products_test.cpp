// SPDX-License-Identifier: MIT
#include "flashvideo/backend/cpu/mixed_products.hpp"

#include "flashvideo/backend/product.hpp"
#include "flashvideo/nn/decay.hpp"
#include "flashvideo/nn/retention/retention.hpp"
#include "support/catch.hpp"
#include "support/oracle/matrix_product.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::StridedMatrix;

namespace {
double rounded(float x) { return static_cast<double>(cpu_detail::round_to_bfloat16(x)); }

// more than one part of k, of the columns and of the rows; the last ones with tails
constexpr oracle::Extents large_extents[] = {
    {96, 64, 1700}, {300, 130, 96}, {48, 1600, 64}, {41, 1650, 801}, {275, 65, 771}};

#if FLASHVIDEO_BFLOAT16
template <typename Blocks>
void check_blocks() {
  const auto gemm = [](auto... arguments) { cpu_detail::bfloat16_gemm<Blocks>(arguments...); };
  const auto check = [&](const oracle::Extents& e) {
    for (const auto ta : oracle::both) {
      for (const auto tb : oracle::both) {
        for (const auto& [alpha, beta] : {std::pair{1.0F, 0.0F}, {1.0F, 1.0F}, {-0.5F, 2.0F}}) {
          INFO("m " << e.m << " n " << e.n << " k " << e.k << " ta " << (ta == Transpose::yes) << " tb "
                    << (tb == Transpose::yes) << " alpha " << alpha << " beta " << beta);
          REQUIRE(oracle::worst_product_error<float>(e, ta, tb, alpha, beta, gemm, rounded) <= 1e-6);
        }
      }
    }
  };
  for (const auto& e : oracle::odd_extents) check(e);
  for (const auto& e : large_extents) check(e);
}
#endif

using Matrix = oracle::Matrix<float>;

// o, dq, dk, dv of one retention layer
template <typename Backend>
std::vector<std::vector<float>> retention_results(const Backend& backend) {
  constexpr index_t batch = 2, length = 150, heads = 3, d_key = 24, d_value = 40;
  RandomStream random(1);
  const Matrix q(batch * length, heads * d_key, random), k(batch * length, heads * d_key, random);
  const Matrix v(batch * length, heads * d_value, random), d_o(batch * length, heads * d_value, random);
  Matrix o(batch * length, heads * d_value), dq = q, dk = k, dv = v;
  const RetentionInput<float> in{{batch, length, heads, d_key, d_value},
                                 HeadDecay(Decay::retnet().lambdas(heads)),
                                 q.view(),
                                 k.view(),
                                 v.view()};
  Workspace<Backend> workspace(backend);
  const Retention<Chunkwise<64>> retention;
  const auto states = retention.take_states(backend, in, workspace);
  retention.forward(backend, in, states, o.view(), workspace);
  retention.backward(backend, in, states, d_o.view(),
                     RetentionGradient<float>{dq.view(), dk.view(), dv.view()}, workspace);
  return {o.data, dq.data, dk.data, dv.data};
}
}  // namespace

TEST_CASE("round_to_bfloat16: the nearest value of eight bits, ties to even") {
  REQUIRE(cpu_detail::round_to_bfloat16(1.0F) == 1.0F);
  REQUIRE(cpu_detail::round_to_bfloat16(1.0F + 0x1p-8F) == 1.0F);                // a tie, even below
  REQUIRE(cpu_detail::round_to_bfloat16(1.0F + 3 * 0x1p-8F) == 1.0F + 0x1p-6F);  // a tie, even above
  REQUIRE(cpu_detail::round_to_bfloat16(1.0F + 0x1.01p-8F) == 1.0F + 0x1p-7F);
  REQUIRE(cpu_detail::round_to_bfloat16(-3.0F) == -3.0F);
  REQUIRE(std::isnan(cpu_detail::round_to_bfloat16(std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE("MixedProducts: gemm equals the double sum over rounded operands") {
  ThreadPool pool(2);
  WARN("bfloat16: " << (cpu_detail::amx_available() ? "AMX tiles"
                        : has_bfloat16_products()   ? "VDPBF16PS"
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
  for (const auto& e : large_extents) {
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

TEST_CASE("bfloat16_gemm: every kind of blocks equals the double sum over rounded operands") {
#if FLASHVIDEO_BFLOAT16
  if (has_bfloat16_products()) check_blocks<cpu_detail::DotBlocks>();
#endif
#if FLASHVIDEO_AMX
  if (cpu_detail::amx_available()) check_blocks<cpu_detail::AmxBlocks>();
#endif
}

TEST_CASE("MixedCpu: retention's products round their operands, and only them") {
  const auto expected = retention_results(Cpu(2));
  const auto mixed = retention_results(MixedCpu(2));
  REQUIRE(retention_results(MixedCpu(1)) == mixed);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("tensor " << i);
    const double error = oracle::difference(mixed[i], expected[i]);
    CHECK(error > 1e-5);
    CHECK(error < 0x1p-7);
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
        cpu_detail::mixed_gemm_serial<float>(best_instruction_set(), Transpose::no, Transpose::yes, 1.0F,
                                             a.view().rows(100 * i, 100), b.view(), 0.0F,
                                             inside.view().rows(100 * i, 100));
      }
    });
    REQUIRE(one.storage == inside.storage);
  }
}

TEST_CASE("MixedCpu: a refined product rounds x alone, an unrounded one nothing") {
  const MixedCpu cpu(2);
  CHECK(rounding_rest(Cpu(1), 1.001F) == 0);
  CHECK(rounding_rest(cpu, 1.0F) == 0);
  RandomStream random(3);
  Matrix x(20, 300, random);
  const Matrix w(24, 300, random);
  for (float& number : x.data) number = static_cast<float>(rounded(number));
  std::vector<float> with_rests = w.data;
  for (const float number : w.data) with_rests.push_back(rounding_rest(cpu, number));
  const MatrixView<const float> weights(with_rests.data(), {24, 300});
  const auto worst = [&](auto kind) {
    Matrix y(20, 24);
    product(cpu, kind, std::as_const(x).view(), weights, y.view());
    double error = 0;
    for (index_t r = 0; r < 20; ++r) {
      for (index_t m = 0; m < 24; ++m) {
        double sum = 0;
        for (index_t k = 0; k < 300; ++k)
          sum += static_cast<double>(x.view()(r, k)) * static_cast<double>(weights(m, k));
        error = (std::max)(error, std::abs(static_cast<double>(y.view()(r, m)) - sum));
      }
    }
    return error;
  };
  const double refined = worst(RefinedProduct{static_cast<index_t>(w.data.size())});
  CHECK(refined < 2e-4);
  CHECK(worst(GemmProduct{}) > 50 * refined);
  x.data[0] = 1.001F;  // no bfloat16
  CHECK(worst(UnroundedProduct{}) < 2e-5);
}
