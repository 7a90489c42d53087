// SPDX-License-Identifier: MIT
#include "flashvideo/nn/retention/retention.hpp"

#include "flashvideo/nn/decay.hpp"
#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {

struct Sizes {
  index_t batch, length, heads, d_key, d_value;
};
// odd ones: one position, N < C, N % C != 0
const Sizes all_sizes[] = {
    {1, 1, 1, 2, 1}, {2, 17, 3, 4, 5}, {1, 16, 2, 8, 16}, {2, 70, 1, 6, 7}, {1, 133, 2, 4, 9}};

template <typename Scalar>
struct Problem {
  Sizes sizes;
  std::vector<double> lambda;
  Matrix<Scalar> q, k, v;
  Problem(const Sizes& s, std::uint64_t seed)
      : sizes(s), lambda(Decay::retnet().lambdas(s.heads)), q(0, 0), k(0, 0), v(0, 0) {
    RandomStream random(seed);
    q = {s.batch * s.length, s.heads * s.d_key, random};
    k = {s.batch * s.length, s.heads * s.d_key, random};
    v = {s.batch * s.length, s.heads * s.d_value, random};
    lambda[0] = -0.3;  // a head that forgets within the sequence
  }
  RetentionInput<Scalar> input() const {
    return {{sizes.batch, sizes.length, sizes.heads, sizes.d_key, sizes.d_value},
            HeadDecay(lambda),
            q.view(),
            k.view(),
            v.view()};
  }
};

template <typename Scalar, typename Backend, typename Mode>
void check_forward(const Backend& backend, Mode mode, const Problem<Scalar>& problem) {
  Workspace<Backend> workspace(backend);
  const Retention<Mode> retention(mode);
  const auto in = problem.input();
  Matrix<Scalar> o(problem.v.rows, problem.v.columns);
  retention.forward(backend, in, retention.take_states(backend, in, workspace), o.view(), workspace);
  const auto expected = oracle::retention(problem.q, problem.k, problem.v, problem.sizes.batch,
                                          problem.sizes.length, problem.sizes.heads, problem.lambda);
  CHECK(oracle::difference(o.data, expected.data) < oracle::tolerance<Scalar>());
}

template <typename Scalar, typename Backend>
void check_all_modes(const Backend& backend) {
  for (const Sizes& sizes : all_sizes) {
    for (const std::uint64_t seed : {1, 2, 3}) {
      const Problem<Scalar> problem(sizes, seed);
      check_forward(backend, Parallel{}, problem);
      check_forward(backend, Recurrent{}, problem);
      check_forward(backend, Chunkwise<1>{}, problem);
      check_forward(backend, Chunkwise<8>{}, problem);
      check_forward(backend, Chunkwise<64>{}, problem);
      check_forward(backend, Chunkwise<100>{}, problem);
    }
  }
}

template <typename Backend, typename Mode>
void check_gradients(const Backend& backend, Mode mode, const Sizes& sizes) {
  Problem<double> problem(sizes, 7);
  RandomStream random(8);
  const Retention<Mode> retention(mode);
  const index_t chunks = mode.schedule(sizes.length).count();
  const index_t streams = sizes.batch * sizes.heads;
  const index_t state_size = sizes.d_key * sizes.d_value;
  Matrix<double> initial(streams, state_size, random);
  Matrix<double> d_final(streams, state_size, random);
  const Matrix<double> d_o(problem.v.rows, problem.v.columns, random);
  Matrix<double> slots(streams, (chunks + 1) * state_size);
  const ChunkStates<double> states{{slots.data.data(), {streams, chunks + 1, sizes.d_key, sizes.d_value}},
                                   false};
  Workspace<Backend> workspace(backend);

  const auto loss = [&] {
    for (index_t s = 0; s < streams; ++s) {
      for (index_t i = 0; i < state_size; ++i) slots(s, i) = initial(s, i);
    }
    Matrix<double> o(problem.v.rows, problem.v.columns);
    retention.forward(backend, problem.input(), states, o.view(), workspace);
    double sum = oracle::inner(o.data, d_o.data);
    for (index_t s = 0; s < streams; ++s) {
      for (index_t i = 0; i < state_size; ++i) sum += slots(s, chunks * state_size + i) * d_final(s, i);
    }
    return sum;
  };
  loss();
  Matrix<double> dq(problem.q.rows, problem.q.columns, random);  // backward overwrites
  Matrix<double> dk(problem.k.rows, problem.k.columns, random);
  Matrix<double> dv(problem.v.rows, problem.v.columns, random);
  Matrix<double> ds = d_final;
  const StateGradient<double> d_state{{ds.data.data(), {streams, sizes.d_key, sizes.d_value}}, false, true};
  retention.backward(backend, problem.input(), states, d_o.view(),
                     RetentionGradient<double>{dq.view(), dk.view(), dv.view()}, d_state, workspace);
  CHECK(oracle::finite_difference_gap(problem.q.data, dq.data, loss) < 1e-7);
  CHECK(oracle::finite_difference_gap(problem.k.data, dk.data, loss) < 1e-7);
  CHECK(oracle::finite_difference_gap(problem.v.data, dv.data, loss) < 1e-7);
  CHECK(oracle::finite_difference_gap(initial.data, ds.data, loss) < 1e-7);
}

template <typename Scalar, typename Backend, typename Mode>
std::vector<Scalar> gradients_from_nothing(const Backend& backend, Mode mode,
                                           const Problem<Scalar>& problem) {
  RandomStream random(5);
  Workspace<Backend> workspace(backend);
  const Retention<Mode> retention(mode);
  const auto in = problem.input();
  Matrix<Scalar> o(problem.v.rows, problem.v.columns);
  const Matrix<Scalar> d_o(problem.v.rows, problem.v.columns, random);
  Matrix<Scalar> dq(problem.q.rows, problem.q.columns, random);
  Matrix<Scalar> dk(problem.k.rows, problem.k.columns, random);
  Matrix<Scalar> dv(problem.v.rows, problem.v.columns, random);
  const auto states = retention.take_states(backend, in, workspace);
  retention.forward(backend, in, states, o.view(), workspace);
  retention.backward(backend, in, states, d_o.view(),
                     RetentionGradient<Scalar>{dq.view(), dk.view(), dv.view()}, workspace);
  std::vector<Scalar> all = dq.data;
  all.insert(all.end(), dk.data.begin(), dk.data.end());
  all.insert(all.end(), dv.data.begin(), dv.data.end());
  return all;
}

}  // namespace

TEMPLATE_TEST_CASE("Retention: every mode equals the double loop", "", float, double) {
  check_all_modes<TestType>(Cpu(2));
  check_all_modes<TestType>(Cpu(1, InstructionSet::baseline));
  check_all_modes<TestType>(oracle::PlainCpu(2));
}

TEST_CASE("Retention: gradients agree with finite differences, initial and final state included") {
  for (const Sizes& sizes : {Sizes{2, 5, 2, 4, 3}, Sizes{1, 7, 1, 2, 5}, Sizes{1, 1, 2, 2, 2}}) {
    check_gradients(Cpu(2), Parallel{}, sizes);
    check_gradients(Cpu(2), Recurrent{}, sizes);
    check_gradients(Cpu(2), Chunkwise<3>{}, sizes);
    check_gradients(oracle::PlainCpu(1), Parallel{}, sizes);
    check_gradients(oracle::PlainCpu(1), Chunkwise<3>{}, sizes);
  }
}

TEMPLATE_TEST_CASE("Retention: gradients are the same in every mode and form", "", float, double) {
  for (const Sizes& sizes : all_sizes) {
    const Problem<TestType> problem(sizes, 11);
    const auto expected = gradients_from_nothing(oracle::PlainCpu(1), Parallel{}, problem);
    const double tolerance = 2 * oracle::tolerance<TestType>();
    CHECK(oracle::difference(gradients_from_nothing(oracle::PlainCpu(1), Chunkwise<8>{}, problem), expected) <
          tolerance);
    CHECK(oracle::difference(gradients_from_nothing(Cpu(2), Parallel{}, problem), expected) < tolerance);
    CHECK(oracle::difference(gradients_from_nothing(Cpu(2), Recurrent{}, problem), expected) < tolerance);
    CHECK(oracle::difference(gradients_from_nothing(Cpu(2), Chunkwise<8>{}, problem), expected) < tolerance);
    CHECK(oracle::difference(gradients_from_nothing(Cpu(2), Chunkwise<100>{}, problem), expected) <
          tolerance);
  }
}

TEMPLATE_TEST_CASE("Retention: a chunkwise prefill continues recurrently", "", float, double) {
  const Sizes sizes{1, 133, 2, 4, 9};
  const Problem<TestType> problem(sizes, 4);
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  RetentionState<TestType, Cpu> state(cpu, sizes.heads, sizes.d_key, sizes.d_value);
  Matrix<TestType> o(problem.v.rows, problem.v.columns);
  const auto part = [&](auto mode, index_t begin, index_t end) {
    auto in = problem.input();
    in.shape.length = end - begin;
    in.q = in.q.rows(begin, end - begin);
    in.k = in.k.rows(begin, end - begin);
    in.v = in.v.rows(begin, end - begin);
    Retention<decltype(mode)>(mode).advance(cpu, in, state, o.view().rows(begin, end - begin), workspace);
  };
  part(Chunkwise<32>{}, 0, 70);
  part(Recurrent{}, 70, 90);
  part(Parallel{}, 90, 133);
  const auto expected =
      oracle::retention(problem.q, problem.k, problem.v, 1, sizes.length, sizes.heads, problem.lambda);
  CHECK(oracle::difference(o.data, expected.data) < oracle::tolerance<TestType>());
  CHECK(state.position == 133);
  std::vector<TestType> saved(static_cast<std::size_t>(state.size()));
  state.save(cpu, saved);
  CHECK(oracle::difference(saved, oracle::final_state(problem.k, problem.v, sizes.heads, problem.lambda)) <
        oracle::tolerance<TestType>());
}

TEST_CASE("Retention: views that do not fit are named") {
  const Problem<float> problem({2, 17, 3, 4, 5}, 1);
  const Cpu cpu(1);
  Workspace<Cpu> workspace(cpu);
  const Retention<Parallel> retention;
  auto in = problem.input();
  const auto states = retention.take_states(cpu, in, workspace);
  Matrix<float> o(34, 15);
  in.v = in.v.columns(0, 14);
  CHECK_THROWS_WITH(retention.forward(cpu, in, states, o.view(), workspace),
                    "Retention::forward: v is (34, 14), expected (34, 15)");
}
