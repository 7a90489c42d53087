// SPDX-License-Identifier: MIT
// nn/<layer>/cpu/f32/N:<rows>: forward of one layer at the sizes of the matched model (D 768, F 1280, 4
// heads), two threads: time against the number of rows.
//   xpos      queries and keys turned, table of angles included
//   rms_norm  one norm
//   linear    768 to 1280, the product of training
//   swiglu    fc1, gate and fc2, the products of training
// Results are compared with plain double sums before the clock starts.
#include <cmath>
#include <string>
#include <vector>

#include "common/measure.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/recurrence.hpp"
#include "flashvideo/nn/glu.hpp"
#include "flashvideo/nn/position.hpp"
#include "flashvideo/nn/rms_norm.hpp"
#include "flashvideo/nn/rotation.hpp"

namespace {

using namespace flashvideo;
using benchmarks::per_second;
using benchmarks::RandomRows;
using benchmarks::Rows;

constexpr index_t d_model = 768, d_feed_forward = 1280, heads = 4, d_key = d_model / heads;

bool near(float found, double expected) {
  return std::abs(static_cast<double>(found) - expected) <= 1e-4 * (1 + std::abs(expected));
}

// Row `row` of x times row `output` of w.
double dot(MatrixView<const float> x, index_t row, MatrixView<const float> w, index_t output) {
  double sum = 0;
  for (index_t c = 0; c < x.width(); ++c)
    sum += static_cast<double>(x(row, c)) * static_cast<double>(w(output, c));
  return sum;
}

// Times `run` and counts rows and the bytes or operations of one row.
template <typename Run>
void measure(benchmark::State& state, const char* unit, double per_row, const Run& run) {
  for (auto unused : state) {
    static_cast<void>(unused);
    run();
    benchmark::ClobberMemory();
  }
  const index_t rows = state.range(0);
  state.SetComplexityN(rows);
  state.counters["tokens/s"] = per_second(rows);
  state.counters[unit] = per_second(per_row * static_cast<double>(rows));
}

void xpos(benchmark::State& state) {
  const index_t rows = state.range(0);
  const Cpu cpu(2);
  const std::vector<double> theta = Position::xpos().angles(d_key);
  const RandomRows x(rows, d_model, 1);
  Rows q(rows, d_model), k(rows, d_model), table(rows, d_key);
  const auto begin = [&] {
    cpu.copy(q.view().data(), x.rows(rows).data(), rows * d_model);
    cpu.copy(k.view().data(), x.rows(rows).data(), rows * d_model);
  };
  const auto fill_table = [&] {
    const SequencePlaces places{rows};
    cpu.for_each(rows, RotationTable<float, SequencePlaces>{RotationAngles(theta), places, table.view()},
                 16 * d_key);
  };
  begin();
  fill_table();
  turn_queries_and_keys(cpu, table.view(), rows, heads, Turn::forward, q.view(), k.view());
  for (const index_t n : {index_t{1}, rows - 1}) {
    for (const index_t j : {index_t{0}, d_key / 2 - 1}) {
      const index_t c = d_key + 2 * j;  // of the second head
      const double phi = static_cast<double>(n) * theta[static_cast<std::size_t>(j)];
      const double even = static_cast<double>(x.rows(rows)(n, c)),
                   odd = static_cast<double>(x.rows(rows)(n, c + 1));
      const double turned = even * std::cos(phi) - odd * std::sin(phi);
      if (!near(q.view()(n, c), turned) || !near(k.view()(n, c), turned / std::sqrt(double{d_key})))
        return state.SkipWithError("a pair is turned by a wrong angle");
    }
  }
  begin();
  // The same work with keys that are not scaled: turn after turn they would shrink to nothing.
  const auto run = [&] {
    fill_table();
    for (const MatrixView<float>& turned : {q.view(), k.view()}) {
      cpu.for_each(rows, Rotation<float>{table.view(), rows, heads, 1.0F, Turn::forward, turned}, d_model);
    }
  };
  measure(state, "B/s", 4.0 * (4 * d_model + 3 * d_key), run);
}

void rms_norm(benchmark::State& state) {
  const index_t rows = state.range(0);
  const Cpu cpu(2);
  ParameterLayout layout;
  const RMSNorm<float> norm(layout, "norm", d_model, 1e-6);
  const auto values = initial_values<float>(layout, 1);
  const RandomRows x(rows, d_model, 1);
  Rows y(rows, d_model);
  const auto run = [&] {
    norm.forward(cpu, ParameterView<const float>(values.data()), x.rows(rows), y.view(), nullptr);
  };
  run();
  const index_t n = rows / 2;
  const double rms = std::sqrt(dot(x.rows(rows), n, x.rows(rows), n) / d_model + 1e-6);
  if (!near(y.view()(n, 5), static_cast<double>(x.rows(rows)(n, 5)) / rms))
    return state.SkipWithError("a row is not divided by its root mean square");
  measure(state, "B/s", 4.0 * 2 * d_model, run);
}

void linear(benchmark::State& state) {
  const index_t rows = state.range(0);
  const Cpu cpu(2);
  ParameterLayout layout;
  const Linear<float> map(layout, "map", d_model, d_feed_forward,
                          Initializer::xavier(d_model, d_feed_forward));
  const auto values = initial_values<float>(layout, 1);
  const ParameterView<const float> view(values.data());
  const RandomRows x(rows, d_model, 1);
  Rows y(rows, d_feed_forward);
  const auto run = [&] { map.forward(cpu, GemmProduct{}, view, x.rows(rows), y.view()); };
  run();
  for (const index_t output : {index_t{0}, index_t{701}, d_feed_forward - 1}) {
    if (!near(y.view()(rows - 1, output), dot(x.rows(rows), rows - 1, view[map.weight()], output)))
      return state.SkipWithError("wrong product");
  }
  measure(state, "FLOP/s", 2.0 * d_model * d_feed_forward, run);
}

void swiglu(benchmark::State& state) {
  const index_t rows = state.range(0);
  const Cpu cpu(2);
  ParameterLayout layout;
  const SwiGLU<float> glu(layout, "", d_model, d_feed_forward);
  const auto values = initial_values<float>(layout, 1);
  const RandomRows x(rows, d_model, 1);
  Rows y(rows, d_model);
  Workspace<Cpu> workspace(cpu);
  const auto run = [&] {
    const auto mark = workspace.mark();
    glu.forward(cpu, GemmProduct{}, ParameterView<const float>(values.data()), x.rows(rows), y.view(),
                workspace);
    workspace.release(mark);
  };
  run();
  const auto matrix = [&](std::size_t entry) {
    const auto& e = layout.entries()[entry];
    return MatrixView<const float>(values.data() + e.offset, {e.shape[0], e.shape[1]});
  };
  double expected = 0;
  for (index_t f = 0; f < d_feed_forward; ++f) {
    const double h = dot(x.rows(rows), rows - 1, matrix(0), f);
    expected += h / (1 + std::exp(-h)) * dot(x.rows(rows), rows - 1, matrix(1), f) *
                static_cast<double>(matrix(2)(3, f));
  }
  if (!near(y.view()(rows - 1, 3), expected))
    return state.SkipWithError("differs from fc2(swish(fc1 x) gate x)");
  measure(state, "FLOP/s", 6.0 * d_model * d_feed_forward, run);
}

void add(const char* name, void (*function)(benchmark::State&), index_t last) {
  auto* run = benchmark::RegisterBenchmark(("nn/" + std::string(name) + "/cpu/f32").c_str(), function);
  benchmarks::lengths(run, 64, last)->Unit(benchmark::kMicrosecond);
}

const bool registered = [] {
  add("xpos", xpos, 16384);
  add("rms_norm", rms_norm, 16384);
  add("linear", linear, 4096);
  add("swiglu", swiglu, 4096);
  return true;
}();

}  // namespace
