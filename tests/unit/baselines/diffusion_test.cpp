// SPDX-License-Identifier: MIT
#include "baselines/diffusion.hpp"

#include <cmath>

#include "baselines/video_unet.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"

using namespace flashvideo;
using namespace flashvideo::baselines;

namespace {

/// Stands for a network: a function of the number, its place and the step.
double noise_of(double x, index_t place, index_t t) {
  return 0.8 * x + 0.1 * std::sin(static_cast<double>(place + t));
}

std::vector<double> generate(std::uint64_t seed, index_t clips, index_t steps, index_t made = 0) {
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  std::vector<double> x(static_cast<std::size_t>(clips * 700 * 3));
  std::vector<index_t> seen;
  generate_diffusion(
      cpu, CosineNoise(steps), seed, clips, MatrixView<double>(x.data(), {clips * 700, 3}), workspace,
      [&](index_t t, MatrixView<const double> at, MatrixView<double> noise) {
        seen.push_back(t);
        for (index_t i = 0; i < at.size(); ++i) noise.data()[i] = noise_of(at.data()[i], i % 2100, t);
      },
      made);
  REQUIRE(static_cast<index_t>(seen.size()) == (made == 0 ? steps : made));
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == steps - 1 - static_cast<index_t>(i));
  return x;
}

double normal(std::uint64_t seed, std::uint32_t stream, std::uint64_t place) {
  const RandomAddress at{seed, stream, place};
  return std::sqrt(-2 * std::log(random_uniform(at, 0))) *
         std::cos(2 * std::acos(-1.0) * random_uniform(at, 1));
}

}  // namespace

TEST_CASE("baselines: ancestral sampling is the scalar loop") {
  for (const index_t steps : {1, 2, 7, 256}) {
    CAPTURE(steps);
    // abar_t directly from the cosine; at the last step, where the cosine is 0, beta is 0.9999
    const auto cosine = [steps](index_t u) {
      const double angle =
          (static_cast<double>(u) / static_cast<double>(steps) + 0.008) / 1.008 * std::acos(-1.0) / 2;
      return std::cos(angle) * std::cos(angle);
    };
    const auto left = [&](index_t t) {
      if (t < 0) return 1.0;
      return t + 1 < steps ? cosine(t + 1) / cosine(0) : 1e-4 * cosine(steps - 1) / cosine(0);
    };
    const auto x = generate(9, 2, steps);
    for (index_t clip = 0; clip < 2; ++clip) {
      const auto seed = static_cast<std::uint64_t>(9 + clip);
      for (index_t i = 0; i < 2100; i += 97) {
        const auto place = static_cast<std::uint64_t>(i);
        double at = normal(seed, static_cast<std::uint32_t>(steps), place);
        for (index_t t = steps - 1; t >= 0; --t) {
          const double alpha = left(t) / left(t - 1);
          const double noise = noise_of(at, i, t);
          double x0 = (at - std::sqrt(1 - left(t)) * noise) / std::sqrt(left(t));
          x0 = std::clamp(x0, -1.0, 1.0);
          const double mean =
              (std::sqrt(left(t - 1)) * (1 - alpha) * x0 + std::sqrt(alpha) * (1 - left(t - 1)) * at) /
              (1 - left(t));
          const double variance = (1 - alpha) * (1 - left(t - 1)) / (1 - left(t));
          at = mean + (t > 0 ? std::sqrt(variance) * normal(seed, static_cast<std::uint32_t>(t), place) : 0);
        }
        CHECK(x[static_cast<std::size_t>(clip * 2100 + i)] == Approx(at).margin(1e-9));
      }
    }
  }
}

TEST_CASE("baselines: a diffused clip is a function of its seed, alone or in a batch") {
  const auto both = generate(4, 2, 12);
  const auto second = generate(5, 1, 12);
  CHECK(std::vector<double>(both.begin() + 2100, both.end()) == second);
  CHECK(generate(4, 2, 12) == both);
  CHECK(std::vector<double>(both.begin(), both.begin() + 2100) != second);
  CHECK(generate(4, 2, 12, 5) != both);
  for (const double value : both) CHECK((value >= -1 && value <= 1));  // the last step has no noise
  CHECK_THROWS_AS(generate(4, 2, 12, 13), value_error);
  CHECK_THROWS_AS(CosineNoise(0), value_error);
  const Cpu cpu(1);
  Workspace<Cpu> workspace(cpu);
  std::vector<double> x(21);
  CHECK_THROWS_AS(generate_diffusion(cpu, CosineNoise(2), 1, 2, MatrixView<double>(x.data(), {7, 3}),
                                     workspace, [](index_t, auto, auto) {}),
                  shape_error);
}

TEST_CASE("baselines: the video U-Net makes a clip in 256 steps, the same one again") {
  VideoUnetConfiguration sizes;
  sizes.frames = 3;
  sizes.height = sizes.width = 4;
  sizes.dim = 4;
  sizes.multipliers = {1, 2};
  sizes.heads = 1;
  sizes.d_head = 2;
  sizes.norm_groups = 2;
  const VideoUnet<Cpu> network(sizes);
  const auto values = initial_values<float>(network.layout(), 2);
  const auto clip = [&](std::uint64_t seed, int threads) {
    const Cpu cpu(threads);
    Workspace<Cpu> workspace(cpu);
    std::vector<float> x(48 * 3);
    generate_diffusion(cpu, CosineNoise(256), seed, 1, MatrixView<float>(x.data(), {48, 3}), workspace,
                       [&](index_t t, MatrixView<const float> at, MatrixView<float> noise) {
                         network.predict(cpu, ParameterView<const float>(values.data()), 1, t, {}, at, noise,
                                         workspace);
                       });
    return x;
  };
  const auto first = clip(1, 1);
  for (const float value : first) CHECK((value >= -1 && value <= 1));
  CHECK(clip(1, 2) == first);
  CHECK(clip(2, 1) != first);
}
