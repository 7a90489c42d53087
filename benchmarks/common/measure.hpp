// SPDX-License-Identifier: MIT
#pragma once
/// What the benchmarks share: random rows, counters in the user's units, the bundled model's file.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "flashvideo/core/random.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo::benchmarks {

/// Rows of numbers in (-1, 1); `rows(n)` is a view of the first n, so that one matrix serves every length.
class RandomRows {
 public:
  RandomRows(index_t rows, index_t width, std::uint64_t seed)
      : width_(width), values_(static_cast<std::size_t>(rows * width)) {
    RandomStream random(seed);
    for (float& value : values_) value = static_cast<float>(random.uniform(-1, 1));
  }
  MatrixView<const float> rows(index_t count) const { return {values_.data(), {count, width_}}; }

 private:
  index_t width_;
  std::vector<float> values_;
};

/// Room for results.
class Rows {
 public:
  Rows(index_t rows, index_t width)
      : rows_(rows), width_(width), values_(static_cast<std::size_t>(rows * width)) {}
  MatrixView<float> view() { return {values_.data(), {rows_, width_}}; }

 private:
  index_t rows_, width_;
  std::vector<float> values_;
};

/// A counter per second: `count` of them are done in each turn.
inline benchmark::Counter per_second(double count) {
  return benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate,
                            benchmark::Counter::kIs1000);
}
inline benchmark::Counter per_second(index_t count) { return per_second(static_cast<double>(count)); }

/// The bundle that whole clips are made with; `FLASHVIDEO_MODEL` names another one.
inline std::string bundle_path() {
  const char* named = std::getenv("FLASHVIDEO_MODEL");
  return named != nullptr ? named : "examples/models/moving_shapes.safetensors";
}
inline bool bundle_is_there() { return ::access(bundle_path().c_str(), R_OK) == 0; }

/// The sizes 64, 256, 1024, .. up to `last`, which is added when the steps miss it; the argument is named N.
inline benchmark::internal::Benchmark* lengths(benchmark::internal::Benchmark* run, index_t first,
                                               index_t last) {
  for (index_t n = first; n < last; n *= 4) run->Arg(n);
  return run->Arg(last)->ArgName("N")->Complexity()->UseRealTime();
}

}  // namespace flashvideo::benchmarks
