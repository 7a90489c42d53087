// SPDX-License-Identifier: MIT
// retention/<what>/<mode>/cpu/f32/N:<length>: one layer of the small world's shape (d 192, value 384, 3
// heads), tokens/s.
#include <benchmark/benchmark.h>

#include "flashvideo/nn/retention/multi_scale_retention.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;

namespace {

constexpr index_t tokens = 4096;  // per training step
constexpr index_t heads = 3, d_key = 64, d_value = 128;
const MixerConfiguration sizes = MixerConfiguration{192, 384, heads}.with(Position::xpos(), Decay::retnet());

struct Core {
  oracle::Matrix<float> q, k, v, d_o, o, dq, dk, dv;
  RetentionInput<float> in;
  explicit Core(index_t length, RandomStream random = RandomStream(1))
      : q(tokens, heads * d_key, random),
        k(tokens, heads * d_key, random),
        v(tokens, heads * d_value, random),
        d_o(tokens, heads * d_value, random),
        o(tokens, heads * d_value),
        dq(tokens, heads * d_key),
        dk(tokens, heads * d_key),
        dv(tokens, heads * d_value),
        in{{tokens / length, length, heads, d_key, d_value},
           HeadDecay(Decay::retnet().lambdas(heads)),
           q.view(),
           k.view(),
           v.view()} {}
};

void count_tokens(benchmark::State& state, index_t per_iteration) {
  state.counters["tokens/s"] =
      benchmark::Counter(static_cast<double>(per_iteration), benchmark::Counter::kIsIterationInvariantRate,
                         benchmark::Counter::kIs1000);
}

template <typename Mode, bool with_backward>
void core(benchmark::State& state) {
  const index_t length = state.range(0);
  Core data(length);
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  const Retention<Mode> retention;
  const auto states = retention.take_states(cpu, data.in, workspace);
  for (auto _ : state) {
    retention.forward(cpu, data.in, states, data.o.view(), workspace);
    if (with_backward) {
      retention.backward(cpu, data.in, states, data.d_o.view(),
                         RetentionGradient<float>{data.dq.view(), data.dk.view(), data.dv.view()}, workspace);
    }
  }
  count_tokens(state, tokens);
}

template <typename Mode>
void layer(benchmark::State& state) {
  const index_t length = state.range(0);
  ParameterLayout layout;
  const MultiScaleRetention<float> mixer(layout, "", sizes);
  const auto values = initial_values<float>(layout, 1);
  std::vector<float> gradients(values.size());
  RandomStream random(2);
  const oracle::Matrix<float> x(tokens, 192, random);
  oracle::Matrix<float> y(tokens, 192), dx(tokens, 192);
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  const ParameterView<const float> view(values.data());
  for (auto _ : state) {
    const auto kept =
        mixer.forward(cpu, Mode{}, view, tokens / length, length, x.view(), y.view(), workspace);
    mixer.backward(cpu, Mode{}, view, tokens / length, length, x.view(), kept, x.view(), dx.view(),
                   ParameterView<float>(gradients.data()), workspace);
    workspace.release();
  }
  count_tokens(state, tokens);
}

void absorb(benchmark::State& state) {
  const index_t span = state.range(0);
  const index_t lane_count = state.range(1);
  ParameterLayout layout;
  const MultiScaleRetention<float> mixer(layout, "", sizes);
  const auto values = initial_values<float>(layout, 1);
  RandomStream random(2);
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  const oracle::Matrix<float> x(span * lane_count, 192, random);
  oracle::Matrix<float> y(span * lane_count, 192);
  using Mixer = MultiScaleRetention<float>;
  std::vector<Mixer::State<Cpu>> states;
  std::vector<Mixer::Lane<Cpu>> lanes;
  for (index_t l = 0; l < lane_count; ++l) states.push_back(mixer.initial_state(cpu));
  for (index_t l = 0; l < lane_count; ++l)
    lanes.push_back({&states[static_cast<std::size_t>(l)], l * span, span});
  for (auto _ : state) {
    mixer.absorb(cpu, ParameterView<const float>(values.data()), lanes, x.view(), y.view(), workspace);
  }
  count_tokens(state, span * lane_count);
}

}  // namespace

BENCHMARK_TEMPLATE(core, Chunkwise<64>, false)
    ->Name("retention/forward/chunkwise64/cpu/f32/N")
    ->Arg(512)
    ->Arg(4096)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(core, Chunkwise<64>, true)
    ->Name("retention/both/chunkwise64/cpu/f32/N")
    ->Arg(512)
    ->Arg(4096)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(core, Chunkwise<128>, true)
    ->Name("retention/both/chunkwise128/cpu/f32/N")
    ->Arg(512)
    ->Arg(4096)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(core, Parallel, true)
    ->Name("retention/both/parallel/cpu/f32/N")
    ->Arg(512)
    ->Arg(4096)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(layer, Chunkwise<64>)
    ->Name("retention/layer/chunkwise64/cpu/f32/N")
    ->Arg(512)
    ->Arg(4096)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(layer, Parallel)
    ->Name("retention/layer/parallel/cpu/f32/N")
    ->Arg(512)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(absorb)
    ->Name("retention/absorb/cpu/f32/span,lanes")
    ->Args({1, 1})
    ->Args({1, 8})
    ->Args({8, 1})
    ->Args({64, 1})
    ->Args({64, 8})
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
