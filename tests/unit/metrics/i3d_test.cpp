// SPDX-License-Identifier: MIT
// Its numbers on real weights: tests/golden/golden_metrics.cpp.
#include "flashvideo/metrics/i3d.hpp"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/metric_weights.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("I3d: what the last layer adds comes out, time is averaged, epsilon and norms take part") {
  const TemporaryFolder folder(fast_parent());
  std::vector<float> bias(400), beta(384), mean(384), variance(384), head(400 * 1024);
  for (std::size_t i = 0; i < 400; ++i) bias[i] = static_cast<float>(i) - 200;  // nothing rectifies a logit
  for (std::size_t i = 0; i < 384;
       ++i) {  // Mixed_5c's first branch: 2 - mean / sqrt(variance + epsilon) = 3 everywhere
    beta[i] = 2;
    variance[i] = 0.003F;
    mean[i] = -std::sqrt(0.004F);
  }
  for (std::size_t o = 0; o < 400; ++o) head[o * 1024] = 3;  // channel 0 into every logit
  std::map<std::string, std::vector<float>> values = {{"logits.conv3d.bias", bias},
                                                      {"Mixed_5c.b0.bn.bias", beta},
                                                      {"Mixed_5c.b0.bn.running_mean", mean},
                                                      {"Mixed_5c.b0.bn.running_var", variance},
                                                      {"logits.conv3d.weight", head}};
  write_weights(folder.file("i3d"), i3d_shapes(), values);
  const Cpu cpu(2);
  const I3d<Cpu> network(cpu, SafetensorsFile(folder.file("i3d")), 1e-3);
  const std::vector<float> logits = network.logits(9, std::vector<float>(9 * 224 * 224 * 3, 0.5F));
  REQUIRE(logits.size() == 400);
  for (std::size_t i = 0; i < 400; ++i)
    REQUIRE(logits[i] == Approx(static_cast<double>(i) - 191).epsilon(1e-5));
  CHECK_THROWS_WITH(network.logits(8, std::vector<float>(8 * 224 * 224 * 3)),
                    "I3d::logits: the video has 8 frames, expected at least 9");
  CHECK_THROWS_AS(network.logits(9, std::vector<float>(9)), shape_error);
  CHECK_THROWS_AS(network.logits(9, {}, 0), shape_error);

  // 17 frames leave two places in time, of which the mean counts; a norm may have a factor too
  TensorShapes shapes = i3d_shapes();
  shapes["Mixed_5c.b0.bn.weight"] = {384};
  values["Mixed_5c.b0.bn.weight"] = std::vector<float>(384, 2);
  write_weights(folder.file("scaled"), shapes, values);
  const std::vector<float> scaled = I3d<Cpu>(cpu, SafetensorsFile(folder.file("scaled")), 1e-3)
                                        .logits(17, std::vector<float>(17 * 8 * 8 * 3), 8);
  for (std::size_t i = 0; i < 400; ++i)
    REQUIRE(scaled[i] == Approx(static_cast<double>(i) - 188).epsilon(1e-5));
}

TEST_CASE("I3d: a missing, misshapen or unknown tensor is named") {
  const TemporaryFolder folder(fast_parent());
  const Cpu cpu(1);
  const auto load = [&] { I3d<Cpu>(cpu, SafetensorsFile(folder.file("i3d"))); };
  TensorShapes shapes = i3d_shapes();
  shapes.erase("Mixed_4d.b1b.bn.running_var");
  write_weights(folder.file("i3d"), shapes);
  CHECK_THROWS_WITH(load(), folder.file("i3d") + ": has no tensor \"Mixed_4d.b1b.bn.running_var\"");
  shapes = i3d_shapes();
  shapes["logits.conv3d.bias"] = {401};
  write_weights(folder.file("i3d"), shapes);
  CHECK_THROWS_WITH(load(),
                    folder.file("i3d") + ": tensor \"logits.conv3d.bias\" has shape (401), expected (400)");
  shapes = i3d_shapes();
  shapes["extra"] = {1};
  write_weights(folder.file("i3d"), shapes);
  CHECK_THROWS_WITH(load(), folder.file("i3d") + ": has the extra tensor \"extra\", which I3D does not have");
}
