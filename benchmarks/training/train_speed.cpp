// SPDX-License-Identifier: MIT
// train_speed FILE parallel|chunkwise float32|bfloat16
//
// Our side of benchmarks/peers/torchscale_training.py. Reads lines and answers each with one line:
//   steps N     makes N updates: seconds, then the N losses
//   product N   N^3 matrix product, two threads: GFLOP/s, median of 21
//   memory      peak resident size since loading, MiB
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/cpu/mixed_products.hpp"
#include "flashvideo/training/trainer.hpp"
#include "peers/torchscale_file.hpp"
#include "training/given_batches.hpp"

namespace {

using namespace flashvideo;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

TrainerOptions options_of(const SafetensorsFile& file) {
  const Json json = parse_json(file.metadata("training"));
  TrainerOptions options;
  options.clipping_norm = json.at("clipping_norm").as_number();
  options.adam.beta1 = json.at("beta1").as_number();
  options.adam.beta2 = json.at("beta2").as_number();
  options.adam.epsilon = json.at("epsilon").as_number();
  options.adam.weight_decay = json.at("weight_decay").as_number();
  options.schedule = LearningRateSchedule::constant(json.at("learning_rate").as_number(),
                                                    json.at("warm_up_steps").as_integer());
  return options;
}

template <typename Backend>
double product_rate(const Backend& cpu, index_t n) {
  RandomStream random(1);
  std::vector<float> a(static_cast<std::size_t>(n * n)), b(a.size()), c(a.size());
  for (auto& x : a) x = static_cast<float>(random.uniform(-1.0, 1.0));
  for (auto& x : b) x = static_cast<float>(random.uniform(-1.0, 1.0));
  const Shape<2> shape{n, n};
  std::array<double, 21> rates{};
  for (double& rate : rates) {
    const auto begin = Clock::now();
    cpu.gemm(Transpose::no, Transpose::no, 1.0F, MatrixView<const float>(a.data(), shape),
             MatrixView<const float>(b.data(), shape), 0.0F, MatrixView<float>(c.data(), shape));
    rate = 2e-9 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n) /
           seconds_since(begin);
  }
  std::sort(rates.begin(), rates.end());
  return rates[rates.size() / 2];
}

template <typename Mode, typename Backend>
void serve(const std::string& path, Mode mode, const Backend& cpu) {
  auto file = std::make_unique<SafetensorsFile>(path);
  using ModelDecoder = Decoder<FlashVideoPolicy, Backend>;
  const ModelDecoder decoder(peers::torchscale_configuration(*file));
  const auto& extents = file->find("tokens").shape;  // (steps, batch, length + 1)
  benchmarks::GivenBatches<ModelDecoder, Mode> objective(decoder, mode, peers::torchscale_tokens(*file),
                                                         extents[1], extents[2] - 1);
  Trainer trainer(cpu, objective, options_of(*file));
  trainer.set_values(peers::torchscale_values(*file, decoder.layout()));
  file.reset();
  test::reset_peak_memory();
  std::string word;
  index_t count = 0;
  while (std::cin >> word) {
    if (word == "memory") {
      peers::print_peak_memory();
    } else if (!(std::cin >> count)) {
      throw value_error("train_speed: " + word + " wants a number");
    } else if (word == "product") {
      std::printf("%.2f\n", product_rate(cpu, count));
    } else if (word == "steps") {
      std::vector<double> losses;
      const auto begin = Clock::now();
      for (index_t i = 0; i < count; ++i) losses.push_back(trainer.step().loss);
      std::printf("%.6f", seconds_since(begin));
      for (const double loss : losses) std::printf(" %.7f", loss);
      std::printf("\n");
    } else {
      throw value_error("train_speed: \"" + word + "\" is no command");
    }
    std::fflush(stdout);
  }
}

template <typename Mode>
void serve_in(const std::string& path, Mode mode, const std::string& precision) {
  constexpr int threads = 2;
  if (precision == "float32") return serve(path, mode, Cpu(threads));
  require<value_error>(precision == "bfloat16", "train_speed: precision is {}, expected float32 or bfloat16",
                       precision);
  serve(path, mode, MixedCpu(threads));
}

}  // namespace

int main(int count, char** words) {
  try {
    require<value_error>(count == 4, "train_speed: expected FILE parallel|chunkwise float32|bfloat16");
    const std::string mode = words[2];
    if (mode == "parallel") {
      serve_in(words[1], Parallel{}, words[3]);
    } else {
      require<value_error>(mode == "chunkwise", "train_speed: mode is {}, expected parallel or chunkwise",
                           mode);
      serve_in(words[1], Chunkwise<64>{}, words[3]);
    }
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "%s\n", wrong.what());
    return 1;
  }
}
