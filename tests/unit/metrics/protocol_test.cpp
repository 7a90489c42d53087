// SPDX-License-Identifier: MIT
#include "flashvideo/metrics/protocol.hpp"

#include <string>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("MetricProtocol: every setting shows in its description") {
  const MetricProtocol plain;
  const auto changes = [&](auto change) {
    MetricProtocol other;
    change(other);
    return other.describe() != plain.describe() && !(other == plain);
  };
  CHECK(changes([](auto& p) { p.name = "x"; }));
  CHECK(changes([](auto& p) { p.source = "x"; }));
  CHECK(changes([](auto& p) { p.frames = 17; }));
  CHECK(changes([](auto& p) { p.given = 1; }));
  CHECK(changes([](auto& p) { p.height = 65; }));
  CHECK(changes([](auto& p) { p.width = 65; }));
  CHECK(changes([](auto& p) { p.fit = FrameFit::squash; }));
  CHECK(changes([](auto& p) { p.real_clips = ClipChoice::random; }));
  CHECK(changes([](auto& p) { p.real_clips = ClipChoice::every_window; }));
  CHECK(changes([](auto& p) { p.real_clips = ClipChoice::spread; }));
  CHECK(changes([](auto& p) { p.real_crops = 3; }));
  CHECK(changes([](auto& p) { p.most_real = 1; }));
  CHECK(changes([](auto& p) { p.most_made = 1; }));
  CHECK(changes([](auto& p) { p.samples = 2; }));
  CHECK(changes([](auto& p) { p.epsilon = 1e-3; }));
  CHECK(changes([](auto& p) { p.square = FrameFit::squash; }));
  CHECK(changes([](auto& p) { p.centres = PixelCentres::corner; }));
  CHECK(changes([](auto& p) { p.frechet = FrechetForm::symmetric; }));
  CHECK(changes([](auto& p) { p.fvd_with_given = false; }));
  CHECK(changes([](auto& p) { p.reports_kvd = true; }));
  CHECK(changes([](auto& p) { p.psnr_over = PsnrOver::video; }));
  CHECK(changes([](auto& p) { p.psnr_equal_is_100 = false; }));
  CHECK(changes([](auto& p) { p.ssim = SsimChannels::grey; }));
  CHECK(changes([](auto& p) { p.ssim = SsimChannels::grey_8_bit; }));
  CHECK(changes([](auto& p) { p.ssim_clip_variances = true; }));
  CHECK(changes([](auto& p) { p.lpips = LpipsTrunk::vgg16; }));
  CHECK(changes([](auto& p) { p.lpips_form = LpipsForm::mean; }));
  CHECK(changes([](auto& p) { p.reports_pairs = false; }));
  CHECK(changes([](auto& p) { p.pairs_with_given = false; }));
  CHECK(changes([](auto& p) { p.best_of = 2; }));
  CHECK(changes([](auto& p) { p.per_video = true; }));
}

TEST_CASE("MetricProtocol: its windows are its settings") {
  MetricProtocol p;
  p.real_clips = ClipChoice::spread;
  p.real_runs = 2;
  p.real_crops = 3;
  CHECK(p.describe().find(
            "clips of a real video = 2 windows, evenly spread, 3 crops of each, evenly spread\n") !=
        std::string::npos);
  CHECK(p.real_windows(7).count(16) == 6);
  CHECK(p.real_windows(7).frames == 16);
  CHECK(p.real_windows(7).seed == 7);
}

TEST_CASE("MetricProtocol: settings out of range are named") {
  MetricProtocol p;
  p.name = "mine";
  p.given = 16;
  CHECK_THROWS_WITH(p.check(), "protocol mine: 16 of 16 frames are given, expected fewer");
  p.given = 0;
  p.best_of = 2;
  CHECK_THROWS_WITH(p.check(), "protocol mine: the best of 2 samples, expected at most 1");
  p.best_of = 1;
  p.psnr_over = PsnrOver::video;
  CHECK_THROWS_WITH(p.check(),
                    "protocol mine: PSNR over videos has no value for a frame, expected per_video too");
  p = {};
  p.frames = 0;
  CHECK_THROWS_AS(p.check(), value_error);
}
