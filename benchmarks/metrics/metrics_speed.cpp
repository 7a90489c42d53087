// SPDX-License-Identifier: MIT
// metrics_speed WEIGHTS [THREADS] [float32|bfloat16]   two threads, float32
//
// Our side of benchmarks/peers/metrics_torch.py. WEIGHTS is the folder of examples/measure/get-weights.sh. Reads lines and
// answers each with one line, the seconds of one call and a number that both sides must agree on:
//   i3d           logits of one video, 16 x 224 x 224: the largest
//   alexnet SIDE  LPIPS of a pair of SIDE x SIDE pictures (AlexNet, mean form): the distance
//   vgg SIDE      the same with VGG16
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/cpu/mixed_products.hpp"
#include "flashvideo/metrics/i3d.hpp"
#include "flashvideo/metrics/lpips.hpp"

namespace {

using namespace flashvideo;
using Clock = std::chrono::steady_clock;

/// Byte i of the pictures of both sides.
std::uint8_t pixel(std::size_t i) { return static_cast<std::uint8_t>((i * 2654435761U >> 13) % 251); }

template <typename Call>
void timed(const Call& call) {
  const Clock::time_point begin = Clock::now();
  const double value = call();
  std::printf("%.6f %.9g\n", std::chrono::duration<double>(Clock::now() - begin).count(), value);
  std::fflush(stdout);
}

template <typename Backend>
void answer(const std::string& weights, const Backend& backend) {
  std::unique_ptr<I3d<Backend>> i3d;
  Workspace<Backend> workspace(backend);
  std::unique_ptr<Lpips<Backend>> alexnet, vgg;
  for (std::string what; std::cin >> what;) {
    if (what == "i3d") {
      if (!i3d) i3d = std::make_unique<I3d<Backend>>(backend, SafetensorsFile(weights + "/i3d.safetensors"));
      std::vector<float> video(16 * 224 * 224 * 3);
      for (std::size_t i = 0; i < video.size(); ++i)
        video[i] = static_cast<float>(pixel(i)) * (2.0F / 255) - 1;
      timed([&] {
        const std::vector<float> logits = i3d->logits(16, video);
        return static_cast<double>(*std::max_element(logits.begin(), logits.end()));
      });
      continue;
    }
    index_t side = 0;
    std::cin >> side;
    auto& lpips = what == "vgg" ? vgg : alexnet;
    if (!lpips) {
      lpips = std::make_unique<Lpips<Backend>>(
          backend, what == "vgg" ? LpipsTrunk::vgg16 : LpipsTrunk::alexnet,
          SafetensorsFile(weights +
                          (what == "vgg" ? "/lpips_vgg16.safetensors" : "/lpips_alexnet.safetensors")));
    }
    const auto size = static_cast<std::size_t>(side * side * 3);
    std::vector<std::uint8_t> truth(size), made(size);
    for (std::size_t i = 0; i < size; ++i) truth[i] = pixel(i), made[i] = pixel(i + size);
    timed([&] { return (*lpips)(LpipsForm::mean, truth, made, side, side, workspace); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    require<value_error>(argc >= 2, "use: metrics_speed WEIGHTS [THREADS] [float32|bfloat16]");
    const int threads = argc > 2 ? std::stoi(argv[2]) : 2;
    if (argc > 3 && std::string(argv[3]) == "bfloat16") {
      answer(argv[1], MixedCpu(threads));
    } else {
      answer(argv[1], Cpu(threads));
    }
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "metrics_speed: %s\n", failure.what());
    return 1;
  }
}
