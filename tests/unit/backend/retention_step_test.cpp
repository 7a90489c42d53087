// SPDX-License-Identifier: MIT
#include "flashvideo/backend/retention_step.hpp"

#include "flashvideo/backend/retention_gradient.hpp"
#include "flashvideo/backend/verbs.hpp"
#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {

constexpr index_t heads = 2, length = 9, d_key = 3, d_value = 4;
const std::vector<double> lambda{-0.25, -0.01};

struct Problem {
  RandomStream random{3};
  Matrix<double> q{length, heads* d_key, random};
  Matrix<double> k{length, heads* d_key, random};
  Matrix<double> v{length, heads* d_value, random};
  RetentionInput<double> in{
      {1, length, heads, d_key, d_value}, HeadDecay(lambda), q.view(), k.view(), v.view()};
};

// the state before and after one chunk of all positions
template <typename Backend>
Matrix<double> states_of_one_chunk(const Backend& backend, Problem& problem, Matrix<double>& o,
                                   bool from_zero) {
  Matrix<double> slots(heads, 2 * d_key * d_value, problem.random);
  Workspace<Backend> workspace(backend);
  verbs::retention_forward(backend, ChunkSchedule{length, length}, problem.in,
                           ChunkStates<double>{{slots.data.data(), {heads, 2, d_key, d_value}}, from_zero},
                           o.view(), workspace);
  return slots;
}

template <typename Backend>
void check_step(const Backend& backend) {
  Problem problem;
  Matrix<double> o(length, heads * d_value);
  const auto slots = states_of_one_chunk(backend, problem, o, false);
  Matrix<double> expected = oracle::retention(problem.q, problem.k, problem.v, 1, length, heads, lambda);
  const auto added = oracle::final_state(problem.k, problem.v, heads, lambda);
  for (index_t h = 0; h < heads; ++h) {
    for (index_t d = 0; d < d_key; ++d) {
      for (index_t c = 0; c < d_value; ++c) {
        const double before = slots(h, d * d_value + c);
        const double lambda_h = lambda[static_cast<std::size_t>(h)];
        for (index_t i = 1; i <= length; ++i) {  // o_i = gamma^i q_i S + ...
          expected(i - 1, h * d_value + c) +=
              std::exp(static_cast<double>(i) * lambda_h) * problem.q(i - 1, h * d_key + d) * before;
        }
        const double after = std::exp(static_cast<double>(length) * lambda_h) * before +
                             added[static_cast<std::size_t>((h * d_key + d) * d_value + c)];
        CHECK(slots(h, (d_key + d) * d_value + c) == Approx(after).epsilon(1e-12));
      }
    }
  }
  CHECK(oracle::difference(o.data, expected.data) < 1e-12);
}

}  // namespace

TEST_CASE("retention_forward: one chunk is the formula, state before and after included") {
  check_step(oracle::PlainCpu(1));
  check_step(Cpu(2));
}

TEST_CASE("retention_forward: from zero, the initial slot is neither read nor written") {
  Problem problem;
  Matrix<double> o(length, heads * d_value);
  states_of_one_chunk(Cpu(1), problem, o, true);
  CHECK(oracle::difference(
            o.data, oracle::retention(problem.q, problem.k, problem.v, 1, length, heads, lambda).data) <
        1e-12);
}

TEST_CASE("retention_backward: the host's form equals the plain form with a state on both sides") {
  Problem problem;
  const Matrix<double> d_o(length, heads * d_value, problem.random);
  const Matrix<double> initial(heads, 4 * d_key * d_value, problem.random);
  const Matrix<double> d_final(heads, d_key * d_value, problem.random);
  const auto run = [&](const auto& backend) {
    Workspace<std::decay_t<decltype(backend)>> workspace(backend);
    Matrix<double> slots = initial;
    Matrix<double> o(length, heads * d_value), dv = o;
    Matrix<double> dq(length, heads * d_key), dk = dq, ds = d_final;
    const ChunkSchedule schedule{length, 4};
    const ChunkStates<double> states{{slots.data.data(), {heads, 4, d_key, d_value}}, false};
    verbs::retention_forward(backend, schedule, problem.in, states, o.view(), workspace);
    verbs::retention_backward(backend, schedule, problem.in, states, d_o.view(),
                              RetentionGradient<double>{dq.view(), dk.view(), dv.view()},
                              StateGradient<double>{{ds.data.data(), {heads, d_key, d_value}}, false, true},
                              workspace);
    std::vector<double> all = dq.data;
    for (const auto* more : {&dk, &dv, &ds}) all.insert(all.end(), more->data.begin(), more->data.end());
    return all;
  };
  CHECK(oracle::difference(run(Cpu(2)), run(oracle::PlainCpu(1))) < 1e-12);
}
