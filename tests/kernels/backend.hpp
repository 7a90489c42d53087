// SPDX-License-Identifier: MIT
#pragma once
// The verbs of ComputeBackend, and retention in its three modes.
#include <cmath>
#include <limits>

#include "flashvideo/backend/canonical_sum.hpp"
#include "kernels/run.hpp"
#include "support/oracle/matrix_product.hpp"

namespace kernels {

/// data[i] = data[i] * 3 + i.
template <typename Scalar>
struct Change {
  Scalar* data;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    data[i] = math::fma(data[i], Scalar{3}, static_cast<Scalar>(i));
  }
};

/// 1 / (i + 1).
struct Reciprocal {
  FLASHVIDEO_HOST_DEVICE double operator()(index_t i) const { return 1.0 / static_cast<double>(i + 1); }
};

/// A strided matrix of the host on the backend, gaps included.
template <typename Run, typename Scalar>
MatrixView<Scalar> upload(Run& run, oracle::StridedMatrix<Scalar>& host) {
  return {run.upload(host.storage), host.view().shape(), {host.view().stride(0), 1}};
}

template <typename Scalar, typename Backend>
void check_memory(const Backend& backend) {
  auto buffer = backend.template allocate<Scalar>(1000);
  REQUIRE(buffer.size() == 1000);
  REQUIRE(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
  const auto read = [&](const Scalar* data, index_t n) { return test::to_host(backend, data, n); };
  CHECK(read(buffer.data(), 1000) == std::vector<Scalar>(1000, Scalar{0}));
  backend.fill(buffer.data() + 1, 998, Scalar{2});
  backend.for_each(997, Change<Scalar>{buffer.data() + 2}, 3);
  const auto changed = read(buffer.data(), 1000);
  CHECK(changed[0] == Scalar{0});
  CHECK(changed[1] == Scalar{2});
  for (std::size_t i = 0; i < 997; ++i) REQUIRE(changed[i + 2] == static_cast<Scalar>(6 + i));
  CHECK(changed[999] == Scalar{0});

  auto other = backend.template allocate<Scalar>(500);
  backend.copy(other.data(), static_cast<const Scalar*>(buffer.data() + 7), 500);
  const std::vector<Scalar> part(changed.begin() + 7, changed.begin() + 507);
  CHECK(read(other.data(), 500) == part);
  auto moved = std::move(other);
  CHECK(other.data() == nullptr);
  CHECK(other.size() == 0);
  CHECK(read(moved.data(), 500) == part);
  buffer = std::move(moved);
  CHECK(buffer.size() == 500);
  CHECK(backend.template allocate<Scalar>(0).size() == 0);
  backend.for_each(0, Change<Scalar>{nullptr}, 1);
  CHECK_THROWS_AS(backend.template allocate<Scalar>(-1), value_error);
}

}  // namespace kernels

TEMPLATE_LIST_TEST_CASE("Backend: memory is zero, aligned, filled, copied and changed", "",
                        OnFloatAndDouble) {
  kernels::check_memory<typename TestType::Scalar>(test_backend<typename TestType::Backend>());
}

TEMPLATE_LIST_TEST_CASE("Backend: sum is right, and the same each time", "", TestBackends) {
  const TestType backend = test_backend<TestType>();
  for (const flashvideo::index_t n : {0, 1, 17, 255, 256, 257, 100000}) {
    double expected = 0;
    for (flashvideo::index_t i = 0; i < n; ++i) expected += 1.0 / static_cast<double>(i + 1);
    const double sum = backend.sum(n, kernels::Reciprocal{});
    CHECK(std::abs(sum - expected) <= 1e-13 * (1 + expected));
    for (int again = 0; again < 20; ++again) REQUIRE(backend.sum(n, kernels::Reciprocal{}) == sum);
  }
}

TEMPLATE_LIST_TEST_CASE("Backend: gemm equals the plain double sum", "", OnFloatAndDouble) {
  using Scalar = typename TestType::Scalar;
  const auto backend = test_backend<typename TestType::Backend>();
  for (const auto& e : oracle::odd_extents) {
    for (const auto ta : oracle::both) {
      for (const auto tb : oracle::both) {
        for (const auto& [alpha, beta] : {std::pair{1.0, 0.0}, {1.0, 1.0}, {-0.5, 2.0}}) {
          const auto gemm = [&](auto transpose_a, auto transpose_b, Scalar scale, auto a, auto b, Scalar keep,
                                auto c) {
            const auto stored = [](auto x) { return x.stride(0) * x.extent(0); };
            auto device_a = backend.template allocate<Scalar>(stored(a));
            auto device_b = backend.template allocate<Scalar>(stored(b));
            auto device_c = backend.template allocate<Scalar>(stored(c));
            backend.upload(device_a.data(), a.data(), device_a.size());
            backend.upload(device_b.data(), b.data(), device_b.size());
            backend.upload(device_c.data(), static_cast<const Scalar*>(c.data()), device_c.size());
            using View = flashvideo::MatrixView<Scalar>;
            const auto like = [](Scalar* data, auto x) { return View(data, x.shape(), {x.stride(0), 1}); };
            backend.gemm(transpose_a, transpose_b, scale, like(device_a.data(), a), like(device_b.data(), b),
                         keep, like(device_c.data(), c));
            backend.download(c.data(), static_cast<const Scalar*>(device_c.data()), device_c.size());
          };
          INFO("m " << e.m << " n " << e.n << " k " << e.k << " ta " << (ta == flashvideo::Transpose::yes)
                    << " tb " << (tb == flashvideo::Transpose::yes) << " beta " << beta);
          REQUIRE(oracle::worst_product_error<Scalar>(e, ta, tb, Scalar(alpha), Scalar(beta), gemm) <=
                  8 * std::numeric_limits<Scalar>::epsilon());
        }
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("Backend: rows has the bits of the plain canonical form", "", OnFloatAndDouble) {
  using namespace flashvideo;
  using Scalar = typename TestType::Scalar;
  kernels::Run<Scalar, typename TestType::Backend> run(test_backend<typename TestType::Backend>());
  for (const index_t rows : {1, 2, 3, 4, 5, 8, 9, 19}) {
    for (const index_t outputs : {1, 3, 16, 17, 51}) {
      for (const index_t inner : {1, 7, 15, 16, 17, 31, 64, 101}) {
        oracle::StridedMatrix<Scalar> x(rows, inner, 3, 1);
        oracle::StridedMatrix<Scalar> w(outputs, inner, 1, 2);
        oracle::StridedMatrix<Scalar> y(rows, outputs, 2, 3);
        run.workspace.release();
        const MatrixView<const Scalar> device_x = kernels::upload(run, x);
        const MatrixView<const Scalar> device_w = kernels::upload(run, w);
        const MatrixView<Scalar> device_y = kernels::upload(run, y);
        run.backend.rows(device_x, device_w, device_y);
        const auto actual =
            test::to_host(run.backend, device_y.data(), static_cast<index_t>(y.storage.size()));
        const RowsElement<Scalar, Scalar> element{
            x.view().data(), x.view().stride(0), w.view().data(), w.view().stride(0),
            y.view().data(), y.view().stride(0), outputs,         inner};
        for (index_t i = 0; i < rows * outputs; ++i) element(i);
        INFO("rows " << rows << " outputs " << outputs << " inner " << inner);
        REQUIRE(actual == y.storage);  // gaps included
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("Backend: column sums are added", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>([](auto& run) {
    for (const flashvideo::index_t columns : {1, 63, 64, 65, 200}) {
      const auto x = run.numbers(37, columns, 1);
      const auto y = run.numbers(1, columns, 2);
      run.backend.add_column_sums(x, y.data());
      run.keep(y);
    }
  });
}

TEMPLATE_LIST_TEST_CASE("Backend: extents that do not fit are refused", "", TestBackends) {
  using namespace flashvideo;
  const TestType backend = test_backend<TestType>();
  auto buffer = backend.template allocate<float>(64);
  const MatrixView<const float> a(buffer.data(), {2, 3});
  const MatrixView<const float> b(buffer.data(), {4, 5});
  const MatrixView<float> c(buffer.data(), {2, 5});
  CHECK_THROWS_WITH(backend.gemm(Transpose::no, Transpose::no, 1.0F, a, b, 0.0F, c),
                    Catch::Contains("::gemm: (2, 3) times (4, 5) does not give (2, 5)"));
  CHECK_THROWS_WITH(backend.rows(a, b, c),
                    Catch::Contains("::rows: (2, 3) times (5, 4) does not give (2, 5)"));
  const MatrixView<const float> nothing(nullptr, {2, 0});
  const MatrixView<float> same(buffer.data(), {2, 2});
  backend.fill(buffer.data(), 4, 1.5F);
  backend.gemm(Transpose::no, Transpose::yes, 1.0F, nothing, nothing, 2.0F, same);
  CHECK(test::to_host(backend, buffer.data(), 4) == std::vector<float>(4, 3.0F));
  backend.rows(nothing, nothing, same);
  CHECK(test::to_host(backend, buffer.data(), 4) == std::vector<float>(4, 0.0F));
}
