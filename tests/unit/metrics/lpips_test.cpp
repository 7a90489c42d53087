// SPDX-License-Identifier: MIT
// Its numbers on real weights: tests/golden/golden_metrics.cpp.
#include "flashvideo/metrics/lpips.hpp"

#include <cmath>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/metric_weights.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("Lpips: one layer's unit features, weighted and averaged") {
  const TemporaryFolder folder(fast_parent());
  // The first layer alone speaks: channel 0 is constant 1, channel 1 the red of the window's middle (where it is > 0).
  std::vector<float> weight(64 * 3 * 11 * 11), bias(64), lin(64);
  weight[1 * 363 + 5 * 11 + 5] = 1;
  bias[0] = 1;
  lin[0] = 2;
  lin[1] = 3;
  write_weights(folder.file("alex"), alexnet_shapes(),
                {{"features.0.weight", weight}, {"features.0.bias", bias}, {"lin0.model.1.weight", lin}});
  const Cpu cpu(2);
  const Lpips<Cpu> lpips(cpu, LpipsTrunk::alexnet, SafetensorsFile(folder.file("alex")));
  const std::vector<std::uint8_t> black(64 * 64 * 3, 0);
  std::vector<std::uint8_t> white(64 * 64 * 3, 255);
  const double red = (1 + 0.030) / 0.458;  // of a white picture; a black one's is below zero
  const double one = 1 / std::sqrt(1 + red * red), other = red * one;
  const double expected = 2 * (1 - one) * (1 - one) + 3 * other * other;
  CHECK(lpips(LpipsForm::mean, black, white, 64, 64) == Approx(expected).epsilon(1e-5));
  CHECK(lpips(LpipsForm::spatial, black, white, 64, 64) == Approx(expected).epsilon(1e-5));
  CHECK(lpips(LpipsForm::mean, white, white, 64, 64) == 0);
  Workspace<Cpu> workspace(cpu);
  for (int again = 0; again < 2; ++again) {
    CHECK(lpips(LpipsForm::mean, black, white, 64, 64, workspace) ==
          lpips(LpipsForm::mean, black, white, 64, 64));
  }
  for (std::size_t i = 0; i < white.size() / 2; ++i)
    white[i] = 0;  // upper half black: the two forms differ at the seam
  CHECK(lpips(LpipsForm::mean, black, white, 64, 64) == Approx(expected * 7 / 15).epsilon(1e-5));
  CHECK(lpips(LpipsForm::spatial, black, white, 64, 64) != lpips(LpipsForm::mean, black, white, 64, 64));
  CHECK_THROWS_AS(lpips(LpipsForm::mean, black, white, 64, 63), shape_error);
}
