// SPDX-License-Identifier: MIT
#include "kernels/generation.hpp"
#include "support/backends.hpp"

TEST_CASE("generation: Cpu, Thrust<cpp> and Thrust<omp> give the same clip") {
  using namespace flashvideo;
  const auto clip = [](const auto& backend) {
    return test::frames_of(test::tiny_model(backend), kernels::clip_request(3));
  };
  const std::vector<Image> expected = clip(test_backend<ThrustCpp>());
  REQUIRE(expected.size() == 9);
  CHECK(clip(test_backend<ThrustOmp>()) == expected);
  CHECK(clip(test_backend<Cpu>()) == expected);
}
