// SPDX-License-Identifier: MIT
#include "flashvideo/backend/thrust/thrust.hpp"

#include <omp.h>

#include "kernels/backend.hpp"
#include "support/backends.hpp"

using namespace flashvideo;

TEST_CASE("Thrust: cpp and omp with any threads give the same bits in every product") {
  const oracle::StridedMatrix<float> left(70, 200, 3, 1), right(90, 200, 1, 2);
  const auto product = [&](const auto& backend, bool canonical) {
    oracle::StridedMatrix<float> a = left, b = right, c(70, 90, 2, 3);
    if (canonical) {
      backend.rows(MatrixView<const float>(a.view()), b.view(), c.view());
    } else {
      backend.gemm(Transpose::no, Transpose::yes, 0.5F, a.view(), b.view(), 2.0F, c.view());
    }
    return c.storage;
  };
  for (const bool canonical : {false, true}) {
    const auto expected = product(ThrustCpp(), canonical);
    const int threads_before = omp_get_max_threads();
    for (const int threads : {1, 2, 3, 8}) {
      omp_set_num_threads(threads);
      CHECK(product(test_backend<ThrustOmp>(), canonical) == expected);
    }
    omp_set_num_threads(threads_before);
    if (canonical) CHECK(product(Cpu(2), true) == expected);
  }
}

TEST_CASE("Thrust: short loops of omp stay on the calling thread") {
  struct Team {
    int* size;
    void operator()(index_t) const { *size = omp_get_num_threads(); }
  };
  const int threads_before = omp_get_max_threads();
  omp_set_num_threads(2);
  ThrustOmp::Runtime::Options options;
  options.smallest_parallel = 100;
  const ThrustOmp omp(options);
  int size = 0;
  omp.for_each(1, Team{&size}, 99);
  CHECK(size == 1);
  omp.for_each(1, Team{&size}, 100);
  CHECK(size == 2);
  omp_set_num_threads(threads_before);
}
