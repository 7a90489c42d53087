// SPDX-License-Identifier: MIT
// Its numbers on real weights: tests/golden/golden_metrics.cpp.
#include "flashvideo/metrics/frechet_video_distance.hpp"

#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/metrics/protocols.hpp"
#include "support/catch.hpp"
#include "support/metric_weights.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("FrechetVideoDistance: equal features are no distance, the protocol decides frames and kernel") {
  const TemporaryFolder folder(fast_parent());
  write_weights(folder.file("i3d"), i3d_shapes(), {{"logits.conv3d.bias", std::vector<float>(400, 1.5F)}});
  const SafetensorsFile weights(folder.file("i3d"));
  MetricProtocol protocol = protocols::tats_ucf101();
  protocol.height = protocol.width = 16;
  protocol.frames = 10;
  protocol.given = 1;
  protocol.fvd_with_given = false;
  const Cpu cpu(2);
  const FrechetVideoDistance<Cpu> fvd(cpu, weights, protocol);
  VideoFeatureSet real = fvd.empty_set(), made = fvd.empty_set();
  REQUIRE(real.kernel.has_value());
  const std::vector<std::uint8_t> clip(10 * 16 * 16 * 3, 9);
  fvd.add(real, clip);
  fvd.add(made, clip);
  CHECK(fvd.features(clip) == std::vector<float>(400, 1.5F));
  CHECK(fvd.distance(real, made) == 0);
  CHECK(real.kernel->count() == 1);
  CHECK_THROWS_AS(fvd.add(real, std::vector<std::uint8_t>(9 * 16 * 16 * 3)), shape_error);
  protocol.given = 2;  // eight frames are left
  CHECK_THROWS_AS(FrechetVideoDistance<Cpu>(cpu, weights, protocol), value_error);
}

TEST_CASE("VideoFeatureSet: saved and loaded both distances stay") {
  const TemporaryFolder folder;
  VideoFeatureSet set{FeatureStatistics(2), KernelMoments(2)}, other = set;
  for (const float x : {1.0F, 2.0F, 5.0F}) {
    for (VideoFeatureSet* side : {&set, &other}) {
      const std::vector<float> feature{x, side == &set ? 3 - x : x * x};
      side->statistics.add(feature);
      side->kernel->add(feature);
    }
  }
  set.save(folder.file("real.safetensors"), "16 frames");
  const VideoFeatureSet back = VideoFeatureSet::load(folder.file("real.safetensors"), "16 frames");
  REQUIRE(back.kernel.has_value());
  CHECK(kernel_distance(*back.kernel, *other.kernel) == kernel_distance(*set.kernel, *other.kernel));
  CHECK(frechet_distance(back.statistics, other.statistics, FrechetForm::symmetric) ==
        frechet_distance(set.statistics, other.statistics, FrechetForm::symmetric));
  CHECK_THROWS_AS(VideoFeatureSet::load(folder.file("real.safetensors"), "30 frames"), format_error);
  set.statistics.save(folder.file("old.safetensors"), "16 frames");
  const VideoFeatureSet old = VideoFeatureSet::load(folder.file("old.safetensors"), "16 frames");
  CHECK(old.statistics.count() == 3);
  CHECK_FALSE(old.kernel.has_value());
}
