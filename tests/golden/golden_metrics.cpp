// SPDX-License-Identifier: MIT
// Metrics against PyTorch, NumPy and SciPy on stored clips (tests/golden/metrics/README.md). The networks' weights come
// from the folder FLASHVIDEO_METRIC_WEIGHTS; tests/run.sh fetches them; without it the cases of networks say so and end.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/metrics/frechet_video_distance.hpp"
#include "flashvideo/metrics/lpips.hpp"
#include "flashvideo/metrics/protocols.hpp"
#include "flashvideo/metrics/psnr.hpp"
#include "flashvideo/metrics/ssim.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

std::string environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

std::vector<std::string> golden_files() {
  std::vector<std::string> paths{FLASHVIDEO_SOURCE_DIR "/tests/golden/metrics/small_world.safetensors"};
  std::string more = environment("FLASHVIDEO_METRIC_GOLDEN_FILES");
  while (!more.empty()) {
    const std::size_t end = std::min(more.find(':'), more.size());
    if (end > 0) paths.push_back(more.substr(0, end));
    more.erase(0, end + 1);
  }
  return paths;
}

/// Clips (N, T, H, W, 3).
struct Clips {
  std::vector<std::uint8_t> bytes;
  index_t count, frames, height, width;

  Clips(const SafetensorsFile& file, const std::string& name) : bytes(file.read<std::uint8_t>(name)) {
    const auto& shape = file.find(name).shape;
    REQUIRE(shape.size() == 5);
    count = shape[0], frames = shape[1], height = shape[2], width = shape[3];
  }
  std::size_t frame_bytes() const { return static_cast<std::size_t>(height * width * 3); }
  std::span<const std::uint8_t> frame(index_t i) const {
    return std::span(bytes).subspan(static_cast<std::size_t>(i) * frame_bytes(), frame_bytes());
  }
  std::span<const std::uint8_t> clip(index_t n) const {
    return std::span(bytes).subspan(static_cast<std::size_t>(n * frames) * frame_bytes(),
                                    static_cast<std::size_t>(frames) * frame_bytes());
  }
};

void report(const std::string& path, const std::string& what, double worst) {
  std::printf("%s: %s, worst error %.3g\n", path.substr(path.rfind('/') + 1).c_str(), what.c_str(), worst);
}

std::string weights(const char* name) { return environment("FLASHVIDEO_METRIC_WEIGHTS") + "/" + name; }

/// Whether the networks' weights are there; says so if not.
bool has_weights() {
  if (!environment("FLASHVIDEO_METRIC_WEIGHTS").empty()) return true;
  std::puts(
      "left out: FLASHVIDEO_METRIC_WEIGHTS names no folder (examples/measure/get-weights.sh makes one)");
  return false;
}

}  // namespace

TEST_CASE("golden metrics: PSNR and SSIM to 1e-9") {
  for (const std::string& path : golden_files()) {
    const SafetensorsFile file(path);
    const Clips real(file, "real"), fake(file, "fake");
    const auto psnr = file.read<double>("psnr.per_frame"), each = file.read<double>("ssim.per_channel"),
               grey = file.read<double>("ssim.grey");
    double worst[3] = {};
    for (index_t i = 0; i < real.count * real.frames; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const auto a = real.frame(i), b = fake.frame(i);
      worst[0] = std::max(worst[0], std::abs(Psnr{}(a, b) - psnr[at]));
      worst[1] = std::max(worst[1], std::abs(Ssim{}(a, b, real.height, real.width) - each[at]));
      worst[2] =
          std::max(worst[2], std::abs(Ssim{SsimChannels::grey}(a, b, real.height, real.width) - grey[at]));
    }
    report(path, "PSNR", worst[0]);
    report(path, "SSIM of channels", worst[1]);
    report(path, "SSIM of grey", worst[2]);
    CHECK(worst[0] < 1e-9);
    CHECK(worst[1] < 1e-9);
    CHECK(worst[2] < 1e-9);
  }
}

TEST_CASE("golden metrics: Frechet distances of the stored logits to 4 digits") {
  for (const std::string& path : golden_files()) {
    const SafetensorsFile file(path);
    const Json scalars = parse_json(file.metadata("scalars"));
    for (const char* epsilon : {"0.001", "1e-05"}) {
      for (const char* centres : {"half_pixel", "tf1"}) {
        FeatureStatistics sides[2] = {FeatureStatistics(400), FeatureStatistics(400)};
        for (const int side : {0, 1}) {
          const auto logits = file.read<float>(std::string("i3d.eps") + epsilon + "." + centres +
                                               (side == 0 ? ".real" : ".fake"));
          for (std::size_t n = 0; n < logits.size(); n += 400)
            sides[side].add(std::span(logits).subspan(n, 400));
        }
        const std::string end = std::string(".eps") + epsilon + "." + centres;
        const double product = scalars.at("fvd.sqrtm" + end).as_number(),
                     symmetric = scalars.at("fvd.svd" + end).as_number();
        CHECK(frechet_distance(sides[0], sides[1], FrechetForm::product) == Approx(product).epsilon(5e-5));
        CHECK(frechet_distance(sides[0], sides[1], FrechetForm::symmetric) ==
              Approx(symmetric).epsilon(5e-5));
      }
    }
  }
}

TEST_CASE("golden metrics networks: I3D's logits to 1e-4 of the largest") {
  if (!has_weights()) return;
  const Cpu cpu(2);
  const SafetensorsFile network(weights("i3d.safetensors"));
  for (const std::string& path : golden_files()) {
    const SafetensorsFile file(path);
    for (const bool tf1 : {false, true}) {
      for (const double epsilon : {1e-3, 1e-5}) {
        for (const std::string prefix : {"", "wide_"}) {
          for (const std::string side : {"real", "fake"}) {
            const Clips clips(file, prefix + side);
            MetricProtocol protocol;
            protocol.frames = clips.frames;
            protocol.height = clips.height;
            protocol.width = clips.width;
            protocol.epsilon = epsilon;
            protocol.centres = tf1 ? PixelCentres::corner : PixelCentres::half_pixel;
            protocol.square = tf1 ? FrameFit::squash : FrameFit::centre_crop;
            const FrechetVideoDistance<Cpu> fvd(cpu, network, protocol);
            const std::string name = std::string(prefix.empty() ? "i3d" : "i3d_wide") +
                                     (epsilon > 1e-4 ? ".eps0.001" : ".eps1e-05") +
                                     (tf1 ? ".tf1." : ".half_pixel.") + side;
            const auto golden = file.read<float>(name);
            double worst = 0, largest = 0;
            for (index_t n = 0; n < clips.count; ++n) {
              const std::vector<float> logits = fvd.features(clips.clip(n));
              for (std::size_t c = 0; c < 400; ++c) {
                const double expected = static_cast<double>(golden[static_cast<std::size_t>(n) * 400 + c]);
                worst = std::max(worst, std::abs(static_cast<double>(logits[c]) - expected));
                largest = std::max(largest, std::abs(expected));
              }
            }
            report(path, name, worst / largest);
            CHECK(worst < 1e-4 * largest);
          }
        }
      }
    }
  }
}

TEST_CASE("golden metrics networks: LPIPS to 1e-5") {
  if (!has_weights()) return;
  const Cpu cpu(2);
  for (const LpipsTrunk trunk : {LpipsTrunk::alexnet, LpipsTrunk::vgg16}) {
    const bool alex = trunk == LpipsTrunk::alexnet;
    const Lpips<Cpu> lpips(
        cpu, trunk, SafetensorsFile(weights(alex ? "lpips_alexnet.safetensors" : "lpips_vgg16.safetensors")));
    for (const std::string& path : golden_files()) {
      const SafetensorsFile file(path);
      for (const std::string prefix : {"", "wide_"}) {
        const Clips real(file, prefix + "real"), fake(file, prefix + "fake");
        for (const LpipsForm form : {LpipsForm::mean, LpipsForm::spatial}) {
          const std::string name = std::string(prefix.empty() ? "lpips." : "lpips_wide.") +
                                   (alex ? "alex" : "vgg") + (form == LpipsForm::mean ? ".mean" : ".spatial");
          const auto golden = file.read<float>(name);
          double worst = 0;
          for (index_t i = 0; i < real.count * real.frames; ++i) {
            const double value = lpips(form, real.frame(i), fake.frame(i), real.height, real.width);
            worst =
                std::max(worst, std::abs(value - static_cast<double>(golden[static_cast<std::size_t>(i)])));
          }
          report(path, name, worst);
          CHECK(worst < 1e-5);
        }
      }
    }
  }
}

TEST_CASE("golden metrics networks: published anchors, zeros against ones") {
  if (!has_weights()) return;
  const Cpu cpu(2);
  MetricProtocol protocol = protocols::magvit_bair();
  protocol.frames = 30;
  const FrechetVideoDistance<Cpu> fvd(cpu, SafetensorsFile(weights("i3d.safetensors")), protocol);
  const std::vector<std::uint8_t> zeros(30 * 64 * 64 * 3, 0), ones(zeros.size(), 255);
  VideoFeatureSet real = fvd.empty_set(), made = fvd.empty_set();
  const std::vector<float> of_zeros = fvd.features(zeros), of_ones = fvd.features(ones);
  for (int video = 0; video < 8; ++video) {
    real.statistics.add(of_zeros);
    made.statistics.add(of_ones);
  }
  const double distance = fvd.distance(real, made);
  std::printf("FVD of zeros against ones: %.5f (published 151.39)\n", distance);
  CHECK(distance == Approx(151.39).margin(0.005));
  const Lpips<Cpu> lpips(cpu, LpipsTrunk::alexnet, SafetensorsFile(weights("lpips_alexnet.safetensors")));
  const std::span<const std::uint8_t> black(zeros.data(), 64 * 64 * 3), white(ones.data(), 64 * 64 * 3);
  CHECK(lpips(LpipsForm::spatial, black, white, 64, 64) == Approx(0.8140).margin(5e-5));
  CHECK(Ssim{}(black, white, 64, 64) == Approx(9.999e-5).epsilon(1e-5));
}
