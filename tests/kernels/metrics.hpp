// SPDX-License-Identifier: MIT
#pragma once
// The networks of metrics: LPIPS with random weights. I3D's layers are in kernels/nn.hpp: its own widths are fixed, and
// too many for a test.
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "flashvideo/metrics/lpips.hpp"
#include "kernels/run.hpp"
#include "support/metric_weights.hpp"
#include "support/temporary_folder.hpp"

namespace kernels {

/// Two pictures of noise are as far apart as on Cpu, through AlexNet with random weights.
template <typename Backend>
void check_lpips(const Backend& backend) {
  const test::TemporaryFolder folder(test::fast_parent());
  std::map<std::string, std::vector<float>> values;
  for (const auto& [name, shape] : test::alexnet_shapes()) {
    index_t size = 1, fan_in = 1;
    for (std::size_t a = 0; a < shape.size(); ++a) {
      size *= shape[a];
      if (a > 0) fan_in *= shape[a];
    }
    values[name] =
        test::normal_numbers<float>(size, values.size(), std::sqrt(2.0 / static_cast<double>(fan_in)));
    if (!name.starts_with("lin")) continue;
    for (float& weight : values[name]) weight = std::abs(weight);
  }
  test::write_weights(folder.file("alex"), test::alexnet_shapes(), values);
  const SafetensorsFile file(folder.file("alex"));
  const Lpips<Cpu> expected(Cpu(2), LpipsTrunk::alexnet, file);
  const Lpips<Backend> lpips(backend, LpipsTrunk::alexnet, file);
  constexpr index_t side = 31;  // the smallest picture that leaves a place behind the last pooling
  std::vector<std::uint8_t> truth(side * side * 3), made(truth.size());
  RandomStream random(RandomAddress{3, 0, 0});
  for (std::size_t i = 0; i < truth.size(); ++i) {
    truth[i] = static_cast<std::uint8_t>(random.below(256));
    made[i] = static_cast<std::uint8_t>(random.below(256));
  }
  const double wanted = expected(LpipsForm::spatial, truth, made, side, side);
  REQUIRE(wanted > 0.01);
  CHECK(lpips(LpipsForm::spatial, truth, made, side, side) == Approx(wanted).epsilon(1e-5));
}

}  // namespace kernels

TEMPLATE_LIST_TEST_CASE("Lpips: distances equal Cpu's", "", TestBackends) {
  kernels::check_lpips(test_backend<TestType>());
}
