// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// The protocols under which published numbers were made, as their code reads (docs/protocols.md has the sources).

#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/metrics/protocol.hpp"

namespace flashvideo::protocols {

/// JunyaoHu/common_metrics_on_video_quality, which FlashVideo's Table 3 uses: every frame of equally long pairs,
/// LPIPS with AlexNet and maps enlarged, SSIM over the channels, FVD by the product's root.
inline MetricProtocol junyaohu() {
  MetricProtocol p;
  p.name = "junyaohu";
  p.source = "JunyaoHu/common_metrics_on_video_quality@5f75173, method styleganv";
  p.given = 1;
  return p;
}

/// TATS on UCF-101, 128 x 128: 2,048 made against 2,048 windows of the training videos, symmetric form, KVD too.
inline MetricProtocol tats_ucf101() {
  MetricProtocol p;
  p.name = "tats_ucf101";
  p.source = "songweige/TATS@03bbce1, tats/fvd and scripts/sample_vqgan_transformer_short_videos.py";
  p.height = p.width = 128;
  p.real_clips = ClipChoice::every_window;
  p.most_real = p.most_made = 2048;
  p.square = FrameFit::squash;
  p.frechet = FrechetForm::symmetric;
  p.reports_kvd = true;
  p.reports_pairs = false;
  return p;
}

/// MAGVIT on BAIR: one frame given, 100 samples of each of 256 test videos against their first 16 frames, TF1's
/// resizing, epsilon 1e-3, grey SSIM, LPIPS with VGG, PSNR and SSIM best of 100.
inline MetricProtocol magvit_bair() {
  MetricProtocol p;
  p.name = "magvit_bair";
  p.source = "google-research/magvit@05e8cfd, frechet_distance.py, image_quality_metrics.py, paper B.3";
  p.given = 1;
  p.samples = p.best_of = 100;
  p.epsilon = 1e-3;
  p.square = FrameFit::squash;
  p.centres = PixelCentres::corner;
  p.frechet = FrechetForm::symmetric;
  p.psnr_equal_is_100 = false;
  p.ssim = SsimChannels::grey;
  p.ssim_clip_variances = true;
  p.lpips = LpipsTrunk::vgg16;
  p.lpips_form = LpipsForm::mean;
  p.per_video = true;
  return p;
}

/// MAGVIT on Kinetics-600: five frames given, made at 128 x 128, compared at 64 x 64, 50,000 made against six clips of
/// each validation video: two windows, three crops of each (the paper says how many, not where: evenly spread).
inline MetricProtocol magvit_k600() {
  MetricProtocol p = magvit_bair();
  p.name = "magvit_k600";
  p.given = 5;
  p.samples = p.best_of = 1;
  p.real_clips = ClipChoice::spread;
  p.real_runs = 2;
  p.real_crops = 3;
  p.most_made = 50000;
  p.reports_pairs = false;
  return p;
}

/// MCVD on BAIR: ten samples of each test video, PSNR of the whole video, grey SSIM of 8 bits, best of ten.
inline MetricProtocol mcvd_bair() {
  MetricProtocol p;
  p.name = "mcvd_bair";
  p.source = "voletiv/mcvd-pytorch@451da2e, runners/ncsn_runner.py";
  p.given = 1;
  p.samples = p.best_of = 10;
  p.frechet = FrechetForm::symmetric;
  p.psnr_over = PsnrOver::video;
  p.psnr_equal_is_100 = false;
  p.ssim = SsimChannels::grey_8_bit;
  p.lpips_form = LpipsForm::mean;
  p.pairs_with_given = false;
  p.per_video = true;
  return p;
}

/// VideoGPT on BAIR: 256 made against 256 real, one frame given, symmetric form.
inline MetricProtocol videogpt_bair() {
  MetricProtocol p;
  p.name = "videogpt_bair";
  p.source = "wilson1yan/VideoGPT@733d2b1, videogpt/fvd/fvd.py, scripts/compute_fvd.py";
  p.given = 1;
  p.most_real = p.most_made = 256;
  p.frechet = FrechetForm::symmetric;
  return p;
}

/// All of them.
inline std::vector<MetricProtocol> all() {
  return {junyaohu(), tats_ucf101(), magvit_bair(), magvit_k600(), mcvd_bair(), videogpt_bair()};
}

/// The protocol of that name.
/// @throws value_error naming those that there are, when it is none of them
inline MetricProtocol named(std::string_view name) {
  std::string known;
  for (const MetricProtocol& protocol : all()) {
    if (protocol.name == name) return protocol;
    known += (known.empty() ? "" : ", ") + protocol.name;
  }
  throw value_error(formatted_message("protocol {} is not known, expected one of {}", name, known));
}

}  // namespace flashvideo::protocols
