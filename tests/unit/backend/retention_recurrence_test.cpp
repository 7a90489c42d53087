// SPDX-License-Identifier: MIT
#include "flashvideo/backend/verbs.hpp"

#include "flashvideo/backend/recurrence.hpp"
#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {

constexpr index_t heads = 2, rows = 11, d_key = 6;
const std::vector<double> lambda{-0.25, -0.01};

template <typename Scalar>
struct Outcome {
  std::vector<Scalar> o, state;
  bool operator==(const Outcome&) const = default;
};

template <typename Scalar, typename Backend>
Outcome<Scalar> run(const Backend& backend, index_t d_value) {
  RandomStream random(5);
  const Matrix<Scalar> q(rows, heads * d_key, random), k(rows, heads * d_key, random);
  const Matrix<Scalar> v(rows, heads * d_value, random);
  Matrix<Scalar> o(rows, heads * d_value), state(heads * d_key, d_value, random);
  const Matrix<Scalar> before = state;
  LaneGroup<Scalar> group;
  group.add({state.data.data(), 0, rows, 0});
  verbs::recurrence(backend, group,
                    RecurrenceRows<Scalar>{heads, d_key, d_value, HeadDecay(lambda), q.view(), k.view(),
                                           v.view(), o.view()});
  // the recurrence in the paper's letters
  Matrix<double> s(heads * d_key, d_value), expected(rows, heads * d_value);
  for (std::size_t i = 0; i < s.data.size(); ++i) s.data[i] = static_cast<double>(before.data[i]);
  for (index_t n = 0; n < rows; ++n) {
    for (index_t h = 0; h < heads; ++h) {
      for (index_t d = 0; d < d_key; ++d) {
        for (index_t c = 0; c < d_value; ++c) {
          double& element = s(h * d_key + d, c);
          element = std::exp(lambda[static_cast<std::size_t>(h)]) * element +
                    static_cast<double>(k(n, h * d_key + d)) * static_cast<double>(v(n, h * d_value + c));
          expected(n, h * d_value + c) += static_cast<double>(q(n, h * d_key + d)) * element;
        }
      }
    }
  }
  CHECK(oracle::difference(o.data, expected.data) < oracle::tolerance<Scalar>());
  CHECK(oracle::difference(state.data, s.data) < oracle::tolerance<Scalar>());
  return {o.data, state.data};
}

}  // namespace

TEMPLATE_TEST_CASE("recurrence: tiles, columns and every form have the same bits and are the paper's", "",
                   float, double) {
  for (const index_t d_value : {1, 5, 63, 64, 65, 130}) {
    const auto expected = run<TestType>(oracle::PlainCpu(1, InstructionSet::baseline), d_value);
    CHECK((run<TestType>(oracle::PlainCpu(2), d_value) == expected));
    for (const auto form : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
      CHECK((run<TestType>(Cpu(3, form), d_value) == expected));
    }
  }
}

namespace {

/// Counts its calls per item and copies the head's output away.
struct AfterHead {
  index_t d_value;
  MatrixView<const float> o;
  float* kept;
  int* calls;
  void operator()(index_t item) const {
    ++calls[item];
    for (index_t c = 0; c < d_value; ++c)
      kept[item * d_value + c] = o.row(item / heads)[item % heads * d_value + c];
  }
};

}  // namespace

TEST_CASE("recurrence: what follows sees each head once, finished, and one row has the bits of many") {
  for (const index_t d_value : {5, 64, 70, 130}) {
    std::vector<float> expected;
    for (const bool at_once : {true, false}) {
      for (const int threads : {1, 2, 3}) {
        RandomStream random(6);
        const Matrix<float> q(4, heads * d_key, random), k(4, heads * d_key, random);
        const Matrix<float> v(4, heads * d_value, random);
        Matrix<float> o(4, heads * d_value), state(heads * d_key, d_value, random);
        std::vector<float> all;
        for (index_t n = 0; n < 4; n += at_once ? 4 : 1) {
          LaneGroup<float> group;
          group.add({state.data.data(), n, at_once ? 4 : 1, n});
          const index_t items = group.rows * heads;
          std::vector<float> kept(static_cast<std::size_t>(items * d_value));
          std::vector<int> calls(static_cast<std::size_t>(items));
          const MatrixView<const float> own = MatrixView<const float>(o.view()).rows(n, group.rows);
          verbs::recurrence(Cpu(threads), group,
                            RecurrenceRows<float>{heads, d_key, d_value, HeadDecay(lambda), q.view(),
                                                  k.view(), v.view(), o.view()},
                            AfterHead{d_value, own, kept.data(), calls.data()});
          CHECK(calls == std::vector<int>(static_cast<std::size_t>(items), 1));
          all.insert(all.end(), kept.begin(), kept.end());
        }
        all.insert(all.end(), state.data.begin(), state.data.end());
        if (expected.empty()) expected = all;
        CHECK(all == expected);
      }
    }
  }
}

TEST_CASE("LaneGroup: rows are found lane after lane") {
  LaneGroup<float> group;
  group.add({nullptr, 10, 2, 100});
  group.add({nullptr, 3, 3, 7});
  CHECK(group.rows == 5);
  const index_t expected[][2] = {{10, 100}, {11, 101}, {3, 7}, {4, 8}, {5, 9}};
  for (index_t i = 0; i < 5; ++i) {
    CHECK(group(i).row == expected[i][0]);
    CHECK(group(i).position == expected[i][1]);
  }
}
