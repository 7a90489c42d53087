// SPDX-License-Identifier: MIT
// decoder/<what>/cpu/f32/N:<length>: the small world's decoder (d 192, value 384, GLU 384, 6 layers, 3 heads,
// vocabulary 768, random weights), one sequence, two threads: time against N. Decoding token after token, and
// the matched model, are bench_decode's.
//   prefill            N known tokens in one span of generation, logits of the last
//   forward_chunkwise  training's forward pass in chunks of 64, logits of the last
//   forward_parallel   the same as one chunk: its retention grows with N^2
// Before the clock starts, the logits are compared with those of the other path: training and generation have
// different products and different retention.
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "common/measure.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/model/decoder.hpp"
#include "flashvideo/model/policy.hpp"
#include "flashvideo/nn/packed_parameters.hpp"

namespace {

using namespace flashvideo;
using ModelDecoder = Decoder<FlashVideoPolicy, Cpu>;

DecoderConfiguration sizes() {
  DecoderConfiguration result;
  result.vocabulary = 768;
  return result;
}

// A decoder and a sequence of known tokens.
struct Known {
  ModelDecoder decoder{sizes()};
  Cpu cpu{2};
  Workspace<Cpu> workspace{cpu};
  std::vector<float> values = initial_values<float>(decoder.layout(), 1);
  PackedParameters<Cpu> packed{cpu, decoder.layout(), values};  // as generation keeps them
  std::vector<token_t> tokens, labels;
  std::vector<float> logits = std::vector<float>(768);

  explicit Known(index_t length) {
    RandomStream random(3);
    for (index_t n = 0; n < length; ++n) tokens.push_back(static_cast<token_t>(random.below(768)));
    labels.assign(tokens.size(), no_label);
    labels.back() = 0;
  }
  ParameterView<const float> view() const { return ParameterView<const float>(values.data()); }
  MatrixView<float> row() { return {logits.data(), {1, 768}}; }

  void prefill() {
    ModelDecoder::State state = decoder.initial_state(cpu);
    const ModelDecoder::LaneSpan span{&state, tokens, 1};
    decoder.absorb(cpu, packed.view(), std::span(&span, 1), row(), workspace);
  }
  template <typename Mode>
  void forward() {
    decoder.logits(cpu, Mode{}, view(), {1, static_cast<index_t>(tokens.size()), tokens, labels}, row(),
                   workspace);
  }
};

bool alike(const std::vector<float>& a, const std::vector<float>& b) {
  double gap = 0, squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    gap += difference * difference;
    squares += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return squares > 0 && gap <= 1e-6 * squares;
}

template <typename Run, typename Other>
void decoder(benchmark::State& state, Run run, Other other) {
  Known known(state.range(0));
  other(known);
  const std::vector<float> expected = known.logits;
  run(known);
  if (!alike(known.logits, expected)) return state.SkipWithError("training and generation have other logits");
  for (auto unused : state) {
    static_cast<void>(unused);
    run(known);
    benchmark::ClobberMemory();
  }
  state.SetComplexityN(state.range(0));
  state.counters["tokens/s"] = benchmarks::per_second(state.range(0));
}

const auto prefill = [](Known& known) { known.prefill(); };
const auto chunkwise = [](Known& known) { known.forward<Chunkwise<64>>(); };
const auto parallel = [](Known& known) { known.forward<Parallel>(); };

template <typename Run, typename Other>
void add(const char* name, Run run, Other other, index_t last) {
  auto* added =
      benchmark::RegisterBenchmark(("decoder/" + std::string(name) + "/cpu/f32").c_str(),
                                   [run, other](benchmark::State& state) { decoder(state, run, other); });
  benchmarks::lengths(added, 64, last)->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
  add("prefill", prefill, chunkwise, 16384);
  add("forward_chunkwise", chunkwise, prefill, 16384);
  add("forward_parallel", parallel, prefill, 4096);
  return true;
}();

}  // namespace
