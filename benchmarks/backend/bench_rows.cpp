// SPDX-License-Identifier: MIT
// The product of generation, y = x w^T in the canonical order, for 1 .. 256 rows, in every form.
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/core/random.hpp"

namespace {

using namespace flashvideo;

std::vector<float> random_values(index_t n, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(n));
  RandomStream random(seed);
  for (auto& value : values) value = static_cast<float>(random.uniform(-1.0, 1.0));
  return values;
}

void rows(benchmark::State& state, InstructionSet form, int threads, index_t outputs, index_t inner) {
  if (form > best_instruction_set()) return state.SkipWithError("this machine does not have the form");
  const Cpu backend(threads, form);
  const index_t count = state.range(0);
  const auto x_data = random_values(count * inner, 1);
  const auto w_data = random_values(outputs * inner, 2);
  std::vector<float> y_data(static_cast<std::size_t>(count * outputs)), expected(y_data.size());
  const MatrixView<const float> x(x_data.data(), {count, inner});
  const MatrixView<const float> w(w_data.data(), {outputs, inner});
  const MatrixView<float> y(y_data.data(), {count, outputs});
  Cpu(1, InstructionSet::baseline).rows(x, w, MatrixView<float>(expected.data(), {count, outputs}));
  backend.rows(x, w, y);
  if (y_data != expected) return state.SkipWithError("other bits than the plain form");
  for (auto unused : state) {
    static_cast<void>(unused);
    backend.rows(x, w, y);
    benchmark::ClobberMemory();
  }
  const double elements = static_cast<double>(outputs) * static_cast<double>(inner);
  const auto rate = [](double per_turn) {
    return benchmark::Counter(per_turn, benchmark::Counter::kIsIterationInvariantRate,
                              benchmark::Counter::kIs1000);
  };
  state.counters["weight_B/s"] = rate(elements * sizeof(float));
  state.counters["FLOP/s"] = rate(2.0 * elements * static_cast<double>(count));
}

const bool registered = [] {
  constexpr const char* names[] = {"plain", "avx2", "avx512"};
  struct Weights {
    index_t outputs, inner;
  };
  for (const auto form : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
    for (const int threads : {1, 2}) {
      for (const auto& w : {Weights{768, 192}, Weights{192, 384}, Weights{8192, 1024}}) {
        if (form == InstructionSet::baseline && w.outputs > 1000) continue;
        const std::string label = std::string("rows/cpu/") + names[static_cast<int>(form)] + "/f32/" +
                                  std::to_string(w.outputs) + "x" + std::to_string(w.inner) +
                                  "/threads:" + std::to_string(threads) + "/R";
        benchmark::RegisterBenchmark(label.c_str(), rows, form, threads, w.outputs, w.inner)
            ->Arg(1)
            ->Arg(4)
            ->Arg(16)
            ->Arg(64)
            ->Arg(256)
            ->UseRealTime()
            ->Unit(benchmark::kMicrosecond);
      }
    }
  }
  return true;
}();

}  // namespace
