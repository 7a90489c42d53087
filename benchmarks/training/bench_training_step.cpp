// SPDX-License-Identifier: MIT
// training/step/<mode>/cpu/<precision>/N:<length>: one update of the small world's decoder (d 192, value 384,
// GLU 384, 6 layers, 3 heads, vocabulary 768) on 4096 tokens, clipping and AdamW included, tokens/s.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/cpu/mixed_products.hpp"
#include "flashvideo/training/trainer.hpp"
#include "training/given_batches.hpp"

namespace {

using namespace flashvideo;

constexpr index_t tokens_per_step = 4096;

DecoderConfiguration sizes() {
  DecoderConfiguration result;
  result.vocabulary = 768;
  return result;
}

TrainerOptions options() {
  TrainerOptions result;
  result.adam = {.beta2 = 0.98, .weight_decay = 0.01};
  return result;
}

std::vector<token_t> random_tokens(index_t length) {
  RandomStream random(3);
  std::vector<token_t> tokens;
  for (index_t i = 0; i < tokens_per_step / length * (length + 1); ++i) {
    tokens.push_back(static_cast<token_t>(random.below(768)));
  }
  return tokens;
}

template <typename Backend, typename Mode>
struct Training {
  using ModelDecoder = Decoder<FlashVideoPolicy, Backend>;
  using Objective = benchmarks::GivenBatches<ModelDecoder, Mode>;
  ModelDecoder decoder{sizes()};
  Objective objective;
  Trainer<Objective, Backend> trainer;

  explicit Training(index_t length)
      : objective(decoder, Mode{}, random_tokens(length), tokens_per_step / length, length),
        trainer(Backend(2), objective, options()) {}
};

template <typename Backend, typename Mode>
void step(benchmark::State& state) {
  Training<Backend, Mode> training(state.range(0));
  Training<Cpu, Chunkwise<32>> other(state.range(0));
  for (int i = 0; i < 2; ++i) {  // right before fast: two updates from equal weights in another mode
    const double loss = training.trainer.step().loss;
    if (!(std::abs(loss / other.trainer.step().loss - 1) < 1e-3)) {
      return state.SkipWithError("the loss differs from another mode's");
    }
  }
  for (auto unused : state) {
    static_cast<void>(unused);
    training.trainer.step();
  }
  state.counters["tokens/s"] =
      benchmark::Counter(static_cast<double>(tokens_per_step), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

BENCHMARK_TEMPLATE(step, Cpu, Chunkwise<64>)
    ->Name("training/step/chunkwise64/cpu/f32/N")
    ->Arg(512)
    ->Arg(4096)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(step, Cpu, Parallel)
    ->Name("training/step/parallel/cpu/f32/N")
    ->Arg(512)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(step, MixedCpu, Chunkwise<64>)
    ->Name("training/step/chunkwise64/cpu/bf16/N")
    ->Arg(512)
    ->Arg(4096)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(step, MixedCpu, Parallel)
    ->Name("training/step/parallel/cpu/bf16/N")
    ->Arg(512)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
