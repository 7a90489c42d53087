// SPDX-License-Identifier: MIT
// Laws of generation for both sequence mixers, bit for bit in outputs and states
// (docs/guide/5-generation.md): whatever the split into spans, the other lanes, the threads, the instruction
// set, and whether a state was saved, restored or forked.
#include <omp.h>

#include "flashvideo/nn/attention/attention.hpp"
#include "flashvideo/nn/retention/multi_scale_retention.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {

constexpr index_t tokens = 71;  // more than one block of keys

// odd sizes: head widths 4 and 5; wider than one tile and not a multiple of it; one head
const MixerConfiguration all_sizes[] = {{12, 15, 3, 1e-6}, {36, 2 * 83, 2, 1e-6}, {16, 64, 1, 1e-6}};

template <typename Mixer, typename Backend>
struct Law {
  using Scalar = typename Mixer::ScalarType;
  using State = typename Mixer::template State<Backend>;
  using Lane = typename Mixer::template Lane<Backend>;

  const Mixer& mixer;
  const std::vector<Scalar>& values;
  const Matrix<Scalar>& x;  // (tokens, D)
  Backend backend;
  Workspace<Backend> workspace{backend};

  struct Result {
    std::vector<Scalar> y;
    std::vector<Scalar> state;
    bool operator==(const Result&) const = default;
  };

  void absorb(std::span<const Lane> lanes, MatrixView<const Scalar> rows, MatrixView<Scalar> y) {
    mixer.absorb(backend, ParameterView<const Scalar>(values.data()), lanes, rows, y, workspace);
  }
  std::vector<Scalar> memory(const State& state) const {
    std::vector<Scalar> host(static_cast<std::size_t>(state.size()));
    state.save(backend, host);
    return host;
  }

  /// All tokens in spans of the given length; after `interrupt` tokens the state is saved and restored into a
  /// new one.
  Result in_spans(index_t span, index_t interrupt = -1) {
    Matrix<Scalar> y(tokens, mixer.d_model());
    State state = mixer.initial_state(backend);
    for (index_t n = 0; n < tokens;) {
      const index_t end = n < interrupt ? std::min(n + span, interrupt) : std::min(n + span, tokens);
      const Lane lane{&state, 0, end - n};
      absorb({&lane, 1}, x.view().rows(n, end - n), y.view().rows(n, end - n));
      n = end;
      if (n == interrupt) {
        const std::vector<Scalar> host = memory(state);
        State restored = mixer.initial_state(backend);
        restored.restore(backend, host, state.position);
        State fork = restored.clone(backend);
        const Lane spoiled{&restored, 0, 1};  // the fork does not feel what its origin absorbs
        Matrix<Scalar> ignored(1, mixer.d_model());
        absorb({&spoiled, 1}, x.view().rows(0, 1), ignored.view());
        state = std::move(fork);
      }
    }
    return {y.data, memory(state)};
  }

  /// Every lane drafts in every step and keeps a part; the sequence is the lane `ours` of `count`. What is
  /// not kept of its drafts is noise.
  Result with_drafts(std::uint64_t seed, std::size_t count, std::size_t ours) {
    RandomStream random(seed);
    std::vector<State> states;
    for (std::size_t l = 0; l < count; ++l) states.push_back(mixer.initial_state(backend));
    Matrix<Scalar> y(tokens, mixer.d_model());
    for (index_t n = 0; n < tokens;) {
      std::vector<Lane> lanes;
      std::vector<MixerCommit<State>> commits;
      index_t rows = 0;
      for (std::size_t l = 0; l < count; ++l) {
        const index_t left = l == ours ? tokens - n : tokens;
        const index_t settled = 1 + random.below(std::min<index_t>(left, 3));
        const index_t kept = random.below(std::min<index_t>(left - settled + 1, 9));
        const index_t drafted = kept + random.below(5);
        lanes.push_back({&states[l], rows, settled + drafted, drafted});
        if (kept > 0) commits.push_back({&states[l], kept});
        rows += settled + drafted;
      }
      Matrix<Scalar> packed(rows, mixer.d_model(), random);
      Matrix<Scalar> out(rows, mixer.d_model());
      const Lane& lane = lanes[ours];
      const index_t before = states[ours].position;
      const index_t given = std::min(lane.count, tokens - n);
      for (index_t r = 0; r < given; ++r) {
        for (index_t c = 0; c < mixer.d_model(); ++c) packed(lane.first_row + r, c) = x(n + r, c);
      }
      absorb(lanes, packed.view(), out.view());
      mixer.commit(backend, commits);
      const index_t moved = states[ours].position - before;
      for (index_t r = 0; r < moved; ++r) {
        for (index_t c = 0; c < mixer.d_model(); ++c) y(n + r, c) = out(lane.first_row + r, c);
      }
      n += moved;
    }
    return {y.data, memory(states[ours])};
  }

  /// The sequence as one of many lanes, whose spans are ragged and whose rows stand in any order.
  Result among_others(std::uint64_t seed, index_t others) {
    RandomStream random(seed);
    std::vector<State> states;
    for (index_t l = 0; l <= others; ++l) states.push_back(mixer.initial_state(backend));
    const std::size_t ours = static_cast<std::size_t>(random.below(others + 1));
    Matrix<Scalar> y(tokens, mixer.d_model());
    for (index_t n = 0; n < tokens;) {
      std::vector<Lane> lanes;
      index_t rows = 0;
      for (auto& state : states) {
        index_t count = 1 + random.below(9);
        if (&state == &states[ours]) count = std::min(count, tokens - n);
        lanes.push_back({&state, rows, count});
        rows += count;
      }
      for (std::size_t i = lanes.size(); i > 1; --i) {
        std::swap(lanes[i - 1], lanes[static_cast<std::size_t>(random.below(static_cast<index_t>(i)))]);
      }
      Matrix<Scalar> packed(rows, mixer.d_model(), random);
      Matrix<Scalar> out(rows, mixer.d_model());
      index_t count = 0;
      index_t first = 0;
      for (const Lane& lane : lanes) {
        if (lane.state != &states[ours]) continue;
        count = lane.count;
        first = lane.first_row;
      }
      for (index_t r = 0; r < count; ++r) {
        for (index_t c = 0; c < mixer.d_model(); ++c) packed(first + r, c) = x(n + r, c);
      }
      absorb(lanes, packed.view(), out.view());
      for (index_t r = 0; r < count; ++r) {
        for (index_t c = 0; c < mixer.d_model(); ++c) y(n + r, c) = out(first + r, c);
      }
      n += count;
    }
    return {y.data, memory(states[ours])};
  }
};

template <typename Mixer, typename Check>
void for_all_models(const Check& check) {
  using Scalar = typename Mixer::ScalarType;
  std::uint64_t seed = 1;
  for (const MixerConfiguration& sizes : all_sizes) {
    ParameterLayout layout;
    const Mixer mixer(layout, "", sizes.with(Position::xpos(), Decay::retnet()));
    const std::vector<Scalar> values = initial_values<Scalar>(layout, seed);
    RandomStream random(++seed);
    const Matrix<Scalar> x(tokens, sizes.d_model, random);
    Law<Mixer, Cpu> reference{mixer, values, x, Cpu(1, InstructionSet::baseline)};
    check(mixer, values, x, reference.in_spans(1));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("Generation: drafts leave no bit behind but what is kept", "", MultiScaleRetention<float>,
                   MultiScaleRetention<double>, Attention<float>, Attention<double>) {
  for_all_models<TestType>([](const auto& mixer, const auto& values, const auto& x, const auto& expected) {
    for (const InstructionSet form :
         {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
      Law<TestType, Cpu> law{mixer, values, x, Cpu(2, form)};
      CHECK((law.with_drafts(1, 1, 0) == expected));
      CHECK((law.with_drafts(2, 3, 1) == expected));
      CHECK((law.with_drafts(3, 18, 17) == expected));  // more lanes than a functor carries
    }
    Law<TestType, oracle::PlainCpu> plain{mixer, values, x, oracle::PlainCpu(2)};
    const auto result = plain.with_drafts(4, 3, 2);
    CHECK((result.y == expected.y && result.state == expected.state));
  });
}

TEMPLATE_TEST_CASE("Generation: any split of a lane into spans gives the same bits", "",
                   MultiScaleRetention<float>, MultiScaleRetention<double>, Attention<float>,
                   Attention<double>) {
  for_all_models<TestType>([](const auto& mixer, const auto& values, const auto& x, const auto& expected) {
    Law<TestType, Cpu> law{mixer, values, x, Cpu(2)};
    for (const index_t span : {1, 2, 3, 7, 8, 9, 31, 64}) CHECK((law.in_spans(span) == expected));
  });
}

TEMPLATE_TEST_CASE("Generation: threads and instruction sets give the same bits", "",
                   MultiScaleRetention<float>, MultiScaleRetention<double>, Attention<float>,
                   Attention<double>) {
  for_all_models<TestType>([](const auto& mixer, const auto& values, const auto& x, const auto& expected) {
    for (const int threads : {1, 2, 3, 8}) {
      for (const auto form : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
        Law<TestType, Cpu> law{mixer, values, x, Cpu(threads, form)};
        CHECK((law.in_spans(9) == expected));
      }
    }
    Law<TestType, oracle::PlainCpu> plain{mixer, values, x, oracle::PlainCpu(2)};  // column by column
    const auto result = plain.in_spans(8);
    CHECK((result.y == expected.y));
    CHECK((result.state == expected.state));
  });
}

TEMPLATE_TEST_CASE("Generation: other lanes do not change a lane's bits", "", MultiScaleRetention<float>,
                   MultiScaleRetention<double>, Attention<float>, Attention<double>) {
  for_all_models<TestType>([](const auto& mixer, const auto& values, const auto& x, const auto& expected) {
    Law<TestType, Cpu> law{mixer, values, x, Cpu(2)};
    for (const std::uint64_t seed : {1, 2, 3}) CHECK((law.among_others(seed, 5) == expected));
    CHECK((law.among_others(4, 20) == expected));  // more lanes than one group holds
  });
}

TEMPLATE_TEST_CASE("Generation: a saved, restored and forked state continues with the same bits", "",
                   MultiScaleRetention<float>, MultiScaleRetention<double>, Attention<float>,
                   Attention<double>) {
  for_all_models<TestType>([](const auto& mixer, const auto& values, const auto& x, const auto& expected) {
    Law<TestType, Cpu> law{mixer, values, x, Cpu(2)};
    for (const index_t interrupt : {1, 8, 33, 70}) CHECK((law.in_spans(7, interrupt) == expected));
  });
}

TEMPLATE_TEST_CASE("Generation: Thrust<cpp> and Thrust<omp> with any threads give the same bits", "",
                   MultiScaleRetention<float>, MultiScaleRetention<double>, Attention<float>,
                   Attention<double>) {
  for_all_models<TestType>([](const auto& mixer, const auto& values, const auto& x, const auto& expected) {
    const auto check = [&](const auto& backend, const auto& runs) {
      Law<TestType, std::remove_cvref_t<decltype(backend)>> law{mixer, values, x, backend};
      for (const auto& result : runs(law)) {
        CHECK((result.y == expected.y));
        CHECK((result.state == expected.state));
      }
    };
    check(test_backend<ThrustCpp>(), [](auto& law) {
      return std::vector{law.in_spans(1), law.in_spans(64), law.in_spans(7, 33), law.among_others(4, 20)};
    });
    const int threads_before = omp_get_max_threads();
    for (const int threads : {1, 2, 3, 8}) {
      omp_set_num_threads(threads);
      check(test_backend<ThrustOmp>(), [](auto& law) {
        return std::vector{law.in_spans(9), law.in_spans(31, 33), law.among_others(1, 5)};
      });
    }
    omp_set_num_threads(threads_before);
  });
}
