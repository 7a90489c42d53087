// SPDX-License-Identifier: MIT
// retention/<mode>/cpu/f32/N:<length>: one sequence of N tokens, heads of the small world (H 3, Dk 64, Dv
// 128), two threads, outputs alone: time against N.
//   parallel   eq. (1), scores in tiles of 64 rows, so memory grows with N and time with N^2
//   recurrent  eq. (2), as generation computes it
//   chunkwise  chunks of 64
// Before the clock starts, three rows of the output are compared with the sum of eq. (1) in doubles.
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include "common/measure.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/nn/decay.hpp"
#include "flashvideo/nn/retention/retention.hpp"

namespace {

using namespace flashvideo;
using benchmarks::RandomRows;

constexpr index_t heads = 3, d_key = 64, d_value = 128, longest = 65536;

// One sequence; all lengths are its beginnings.
struct Sequence {
  RandomRows q{longest, heads*d_key, 1}, k{longest, heads*d_key, 2}, v{longest, heads*d_value, 3};
  std::vector<double> lambda = Decay::retnet().lambdas(heads);

  static const Sequence& get() {
    static const Sequence sequence;
    return sequence;
  }
  RetentionInput<float> input(index_t length) const {
    return {{1, length, heads, d_key, d_value},
            HeadDecay(lambda),
            q.rows(length),
            k.rows(length),
            v.rows(length)};
  }
};

// sum_{m<=n} gamma^(n-m) (q_n . k_m) v_m, column c of head h.
double exact(const RetentionInput<float>& in, double lambda, index_t n, index_t h, index_t c) {
  double sum = 0;
  for (index_t m = 0; m <= n; ++m) {
    double score = 0;
    for (index_t d = h * d_key; d < (h + 1) * d_key; ++d)
      score += static_cast<double>(in.q(n, d)) * static_cast<double>(in.k(m, d));
    sum +=
        std::exp(lambda * static_cast<double>(n - m)) * score * static_cast<double>(in.v(m, h * d_value + c));
  }
  return sum;
}

// Row n against the plain sum, three columns of every head, relative to the head's largest of them.
bool row_is_right(const RetentionInput<float>& in, MatrixView<const float> o, index_t n) {
  for (index_t h = 0; h < heads; ++h) {
    double gap = 0, largest = 0;
    for (const index_t c : {index_t{0}, d_value / 2, d_value - 1}) {
      const double expected = exact(in, Sequence::get().lambda[static_cast<std::size_t>(h)], n, h, c);
      gap = std::fmax(gap, std::abs(static_cast<double>(o(n, h * d_value + c)) - expected));
      largest = std::fmax(largest, std::abs(expected));
    }
    if (!(gap <= 1e-4 * (1 + largest))) return false;
  }
  return true;
}

template <typename Mode>
void retention(benchmark::State& state) {
  const index_t length = state.range(0);
  const RetentionInput<float> in = Sequence::get().input(length);
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  benchmarks::Rows o(length, heads * d_value);
  RetentionState<float, Cpu> memory(cpu, heads, d_key, d_value);
  const auto run = [&] {
    if constexpr (std::is_same_v<Mode, Parallel>) {
      const auto mark = workspace.mark();
      const Retention<Parallel> mixer;
      mixer.forward(cpu, in, mixer.take_states(cpu, in, workspace), o.view(), workspace);
      workspace.release(mark);
    } else {
      cpu.fill(memory.memory().data(), memory.size(), 0.0F);
      if constexpr (std::is_same_v<Mode, Recurrent>) {
        LaneGroup<float> lane;
        lane.add({memory.memory().data(), 0, length, 0});
        verbs::recurrence(cpu, lane,
                          RecurrenceRows<float>{heads, d_key, d_value, in.decay, in.q, in.k, in.v, o.view()});
      } else {
        Retention<Mode>{}.advance(cpu, in, memory, o.view(), workspace);
      }
    }
  };
  run();
  for (const index_t n : {index_t{0}, length / 2, length - 1}) {
    if (!row_is_right(in, o.view(), n)) return state.SkipWithError("the output differs from eq. (1)");
  }
  for (auto unused : state) {
    static_cast<void>(unused);
    run();
    benchmark::ClobberMemory();
  }
  state.SetComplexityN(length);
  state.counters["tokens/s"] = benchmarks::per_second(length);
}

template <typename Mode>
void add(const std::string& name, index_t last) {
  auto* run = benchmark::RegisterBenchmark(("retention/" + name + "/cpu/f32").c_str(), retention<Mode>);
  benchmarks::lengths(run, 64, last)->Unit(benchmark::kMicrosecond);
}

const bool registered = [] {
  add<Parallel>("parallel", 8192);
  add<Recurrent>("recurrent", longest);
  add<Chunkwise<64>>("chunkwise", longest);
  return true;
}();

}  // namespace
