// SPDX-License-Identifier: MIT
#include "flashvideo/backend/cuda/cuda_error.hpp"

#include "support/catch.hpp"

TEST_CASE("cuda_error: host code catches it as the library's error, with its sentence") {
  const auto fail = [] { throw flashvideo::cuda_error("Thrust::allocate: out of memory"); };
  CHECK_THROWS_AS(fail(), flashvideo::error);
  CHECK_THROWS_WITH(fail(), "Thrust::allocate: out of memory");
}
