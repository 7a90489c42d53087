// SPDX-License-Identifier: MIT
#pragma once
// The networks of metrics at their own widths with random weights, on small pictures.
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "flashvideo/metrics/i3d.hpp"
#include "flashvideo/metrics/lpips.hpp"
#include "kernels/run.hpp"
#include "support/metric_weights.hpp"
#include "support/temporary_folder.hpp"

namespace kernels {

#if defined(__CUDACC__)
using OtherThanCpu = TestBackends;
#else
using OtherThanCpu = std::tuple<ThrustCpp, ThrustOmp>;
#endif

/// Numbers that look drawn, of which millions are made in no time: runs of one draw that begin anywhere.
inline std::map<std::string, std::vector<float>> random_weights(const test::TensorShapes& shapes) {
  const std::vector<float> drawn = test::normal_numbers<float>(10'007, 1);
  std::map<std::string, std::vector<float>> values;
  for (const auto& [name, shape] : shapes) {
    index_t size = 1, fan_in = 1;
    for (std::size_t a = 0; a < shape.size(); ++a) {
      size *= shape[a];
      if (a > 0) fan_in *= shape[a];
    }
    const auto scale = static_cast<float>(std::sqrt(2.0 / static_cast<double>(fan_in)));
    const bool positive = name.starts_with("lin") || name.ends_with("running_var");
    std::vector<float>& numbers = values[name];
    numbers.reserve(static_cast<std::size_t>(size));
    for (std::size_t i = 0, at = values.size() * 1009; i < static_cast<std::size_t>(size); ++i, ++at) {
      const float number = drawn[(at + at / drawn.size() * 31) % drawn.size()];
      numbers.push_back(name.ends_with("running_var") ? 1 + 0.1F * std::abs(number)
                        : shape.size() == 1           ? 0.1F * number
                        : positive                    ? scale * std::abs(number)
                                                      : scale * number);
    }
  }
  return values;
}

/// Two pictures of noise are as far apart as on Cpu.
template <typename Backend>
void check_lpips(const Backend& backend, LpipsTrunk trunk, const test::TensorShapes& shapes, index_t side) {
  const test::TemporaryFolder folder(test::fast_parent());
  test::write_weights(folder.file("lpips"), shapes, random_weights(shapes));
  const SafetensorsFile file(folder.file("lpips"));
  const Lpips<Cpu> expected(Cpu(2), trunk, file);
  const Lpips<Backend> lpips(backend, trunk, file);
  std::vector<std::uint8_t> truth(static_cast<std::size_t>(side * side * 3)), made(truth.size());
  RandomStream random(RandomAddress{3, 0, 0});
  for (std::size_t i = 0; i < truth.size(); ++i) {
    truth[i] = static_cast<std::uint8_t>(random.below(256));
    made[i] = static_cast<std::uint8_t>(random.below(256));
  }
  const double wanted = expected(LpipsForm::spatial, truth, made, side, side);
  REQUIRE(wanted > 0.01);
  CHECK(lpips(LpipsForm::spatial, truth, made, side, side) == Approx(wanted).epsilon(1e-5));
}

/// A video of noise has Cpu's logits.
template <typename Backend>
void check_i3d(const Backend& backend) {
  const test::TemporaryFolder folder(test::fast_parent());
  test::write_weights(folder.file("i3d"), test::i3d_shapes(), random_weights(test::i3d_shapes()));
  const SafetensorsFile file(folder.file("i3d"));
  constexpr index_t frames = I3d<Cpu>::fewest_frames, side = 14;  // odd sides behind the first layers
  const std::vector<float> pixels = test::normal_numbers<float>(frames * side * side * 3, 5, 0.5);
  const std::vector<float> expected = I3d<Cpu>(Cpu(2), file).logits(frames, pixels, side);
  const std::vector<float> logits = I3d<Backend>(backend, file).logits(frames, pixels, side);
  float largest = 0, worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = (std::max)(largest, std::abs(expected[i]));
    worst = (std::max)(worst, std::abs(logits[i] - expected[i]));
  }
  REQUIRE(largest > 0.5F);
  CHECK(worst <= 1e-5F * largest);
}

}  // namespace kernels

TEMPLATE_LIST_TEST_CASE("Lpips: distances equal Cpu's", "", TestBackends) {
  kernels::check_lpips(test_backend<TestType>(), flashvideo::LpipsTrunk::alexnet,
                       flashvideo::test::alexnet_shapes(),
                       31);  // the smallest side that leaves a place behind the last pooling
}

TEMPLATE_LIST_TEST_CASE("Lpips: distances by the whole VGG16 equal Cpu's", "", kernels::OtherThanCpu) {
  kernels::check_lpips(test_backend<TestType>(), flashvideo::LpipsTrunk::vgg16,
                       flashvideo::test::vgg16_shapes(), 16);
}

TEMPLATE_LIST_TEST_CASE("I3d: the whole network's logits equal Cpu's", "", kernels::OtherThanCpu) {
  kernels::check_i3d(test_backend<TestType>());
}
