// SPDX-License-Identifier: MIT
#pragma once
/// The backends over which typed tests run: `TEMPLATE_LIST_TEST_CASE("...", "", OnFloatAndDouble) { ... }`
/// with TestType::Scalar and TestType::Backend. Compiled by nvcc the list is the device alone.

#include <tuple>
#include <type_traits>

#include "support/catch.hpp"
#if defined(__CUDACC__)
#include "flashvideo/backend/cuda/cuda.cuh"
#else
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/thrust/thrust.hpp"
#include "support/required_verbs.hpp"
#endif

/// One combination of a typed test.
template <typename ScalarType, typename BackendType>
struct On {
  using Scalar = ScalarType;
  using Backend = BackendType;
};

/// A backend as tests want it: host loops run side by side however short they are.
template <typename Backend>
Backend test_backend() {
  if constexpr (std::is_constructible_v<Backend, int>) {
    return Backend(2);
  } else if constexpr (requires { typename Backend::Runtime::Options; }) {
    typename Backend::Runtime::Options options;
    if constexpr (requires { options.smallest_parallel; }) options.smallest_parallel = 256;
    return Backend(options);
  } else {
    return Backend();
  }
}

#if defined(__CUDACC__)
using TestBackends = std::tuple<flashvideo::Cuda>;
using OnFloat = std::tuple<On<float, flashvideo::Cuda>>;
using OnDouble = std::tuple<On<double, flashvideo::Cuda>>;
using OnFloatAndDouble = std::tuple<On<float, flashvideo::Cuda>, On<double, flashvideo::Cuda>>;
#else
using TestBackends = std::tuple<flashvideo::Cpu, flashvideo::ThrustCpp, flashvideo::ThrustOmp>;
using OnFloat =
    std::tuple<On<float, flashvideo::Cpu>, On<float, flashvideo::test::RequiredVerbs<flashvideo::Cpu>>,
               On<float, flashvideo::ThrustCpp>, On<float, flashvideo::ThrustOmp>>;
using OnDouble = std::tuple<On<double, flashvideo::Cpu>, On<double, flashvideo::ThrustCpp>,
                            On<double, flashvideo::ThrustOmp>>;
using OnFloatAndDouble = std::tuple<On<float, flashvideo::Cpu>, On<float, flashvideo::ThrustCpp>,
                                    On<float, flashvideo::ThrustOmp>, On<double, flashvideo::Cpu>,
                                    On<double, flashvideo::ThrustCpp>, On<double, flashvideo::ThrustOmp>>;
#endif
