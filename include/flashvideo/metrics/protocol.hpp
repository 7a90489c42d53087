// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/metrics/clip_windows.hpp"
#include "flashvideo/metrics/frame_resize.hpp"
#include "flashvideo/metrics/frechet_distance.hpp"
#include "flashvideo/metrics/lpips.hpp"
#include "flashvideo/metrics/ssim.hpp"

namespace flashvideo {

/// What a number of peak signal-to-noise is taken over.
enum class PsnrOver {
  frame,  ///< each frame's own error, then the mean over frames
  video   ///< the error of all frames of a video together
};

/// Everything that decides the value of a video metric: a plain value that prints itself whole. Numbers that were
/// made under two protocols must not be ranked against each other.
/// @code MetricProtocol mine = protocols::junyaohu(); mine.name = "mine"; mine.frames = 30; @endcode
struct MetricProtocol {
  std::string name;    ///< "junyaohu"
  std::string source;  ///< what it was read from

  index_t frames = 16;                   ///< of a clip, the given ones included
  index_t given = 0;                     ///< the first so many were given to the model
  index_t height = 64;                   ///< px, at which clips are compared
  index_t width = 64;                    ///< px
  FrameFit fit = FrameFit::centre_crop;  ///< how a video of another size comes to it (half-pixel bilinear)
  ClipChoice real_clips = ClipChoice::first;  ///< of a longer real video
  index_t real_runs = 1;                      ///< of `ClipChoice::spread`
  index_t real_crops = 1;  ///< clips of each run, spread along the longer side; 1: the middle
  index_t most_real = 0;   ///< clips of real videos; 0: all
  index_t most_made = 0;   ///< clips of made videos; 0: all
  index_t samples = 1;     ///< made videos for each real one

  double epsilon = 1e-5;                            ///< of I3D's batch norms
  FrameFit square = FrameFit::centre_crop;          ///< how a frame comes to I3D's 224 x 224
  PixelCentres centres = PixelCentres::half_pixel;  ///< of that resizing
  FrechetForm frechet = FrechetForm::product;       ///< how the trace is computed
  bool fvd_with_given = true;                       ///< the Frechet distance sees the given frames too
  bool reports_kvd = false;                         ///< the kernel video distance as well

  PsnrOver psnr_over = PsnrOver::frame;       ///< what an error is taken over
  bool psnr_equal_is_100 = true;              ///< equal frames count 100 dB; else infinity
  SsimChannels ssim = SsimChannels::each;     ///< which numbers SSIM compares
  bool ssim_clip_variances = false;           ///< variances below 0 count as 0
  LpipsTrunk lpips = LpipsTrunk::alexnet;     ///< the network of LPIPS
  LpipsForm lpips_form = LpipsForm::spatial;  ///< how its maps become a number
  bool reports_pairs = true;                  ///< PSNR, SSIM and LPIPS are reported at all
  bool pairs_with_given = true;               ///< PSNR, SSIM and LPIPS count the given frames too
  index_t best_of = 1;     ///< of so many samples of a video the best counts (each metric its own)
  bool per_video = false;  ///< mean over videos of their means; deviations are of those (else of frames)

  /// @throws value_error naming the setting that is out of range
  void check() const {
    const auto at_least = [&](index_t value, index_t least, const char* what) {
      require<value_error>(value >= least, "protocol {}: {} is {}, expected >= {}", name, what, value, least);
    };
    at_least(frames, 1, "frames");
    at_least(given, 0, "given");
    at_least(height, 1, "height");
    at_least(width, 1, "width");
    at_least(samples, 1, "samples");
    at_least(real_runs, 1, "real_runs");
    at_least(real_crops, 1, "real_crops");
    at_least(best_of, 1, "best_of");
    require<value_error>(given < frames, "protocol {}: {} of {} frames are given, expected fewer", name,
                         given, frames);
    require<value_error>(best_of <= samples, "protocol {}: the best of {} samples, expected at most {}", name,
                         best_of, samples);
    require<value_error>(psnr_over == PsnrOver::frame || per_video,
                         "protocol {}: PSNR over videos has no value for a frame, expected per_video too",
                         name);
    require<value_error>(epsilon > 0, "protocol {}: epsilon is {}, expected > 0", name, epsilon);
  }

  /// Which clips of a longer real video count. @param seed of random runs
  ClipWindows real_windows(std::uint64_t seed) const {
    return {frames, 1, real_clips, seed, real_runs, real_crops};
  }

  /// Every setting, one a line: `name = value`.
  std::string describe() const {
    std::string text;
    const auto line = [&text](std::string_view key, const std::string& value) {
      text += std::string(key) + " = " + value + '\n';
    };
    const auto yes = [](bool value) { return std::string(value ? "yes" : "no"); };
    line("protocol", name);
    line("read from", source);
    line("frames of a clip", std::to_string(frames));
    line("of these given", std::to_string(given));
    line("size", std::to_string(width) + " x " + std::to_string(height) + " (width x height)");
    line("other sizes", text_of(fit) + ", bilinear, half-pixel centres, to the nearest byte");
    line("clips of a real video",
         (real_clips == ClipChoice::first          ? "the first frames"
          : real_clips == ClipChoice::every_window ? "every window"
          : real_clips == ClipChoice::spread       ? std::to_string(real_runs) + " windows, evenly spread"
                                                   : std::string("one window, drawn by the seed")) +
             (real_crops == 1 ? "" : ", " + std::to_string(real_crops) + " crops of each, evenly spread"));
    line("clips of real videos", most_real == 0 ? "all" : "at most " + std::to_string(most_real));
    line("clips of made videos", most_made == 0 ? "all" : "at most " + std::to_string(most_made));
    line("made videos for each real one", std::to_string(samples));
    line("FVD network", "I3D, Kinetics-400, logits averaged over time (400)");
    line("FVD epsilon of the batch norms", shortest_digits(epsilon));
    line("FVD input",
         "224 x 224, " + text_of(square) + ", bilinear, " +
             (centres == PixelCentres::half_pixel ? "half-pixel centres" : "centres at i scale (TF1)") +
             ", values in -1..1");
    line("FVD form", frechet == FrechetForm::product ? "tr sqrt(S1 S2)" : "tr sqrt(sqrt(S1) S2 sqrt(S1))");
    line("FVD sees the given frames", yes(fvd_with_given));
    line("KVD", reports_kvd ? "polynomial kernel (x.y / 400 + 1)^3, unbiased" : "not reported");
    line("PSNR", std::string(psnr_over == PsnrOver::frame ? "of each frame" : "of each video") +
                     (psnr_equal_is_100 ? ", equal ones 100 dB" : ""));
    line("SSIM", std::string(ssim == SsimChannels::each   ? "each channel"
                             : ssim == SsimChannels::grey ? "grey 0.2125 0.7154 0.0721"
                                                          : "grey of 8 bits (PIL L)") +
                     ", Gaussian 11 x 11, sigma 1.5, windows inside" +
                     (ssim_clip_variances ? ", variances >= 0" : ""));
    line("LPIPS",
         std::string(lpips == LpipsTrunk::alexnet ? "AlexNet" : "VGG16") +
             (lpips_form == LpipsForm::spatial ? ", maps enlarged to the picture" : ", means of the maps"));
    line("PSNR, SSIM, LPIPS are reported", yes(reports_pairs));
    line("PSNR, SSIM, LPIPS count the given frames", yes(pairs_with_given));
    line("best of", std::to_string(best_of));
    line("mean and deviation over", per_video ? "videos" : "frames");
    return text;
  }

  friend bool operator==(const MetricProtocol&, const MetricProtocol&) = default;

 private:
  static std::string text_of(FrameFit rule) {
    return rule == FrameFit::squash ? "both sides squashed" : "shorter side, then the middle";
  }
};

}  // namespace flashvideo
