// SPDX-License-Identifier: MIT
#include "flashvideo/backend/verbs.hpp"

#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {

constexpr index_t heads = 2, d_key = 6, settled = 2, tentative = 5;

template <typename Scalar>
struct Numbers {
  Matrix<Scalar> q, k, v, state;
  explicit Numbers(index_t d_value, RandomStream random = RandomStream(5))
      : q(settled + tentative, heads * d_key, random),
        k(settled + tentative, heads * d_key, random),
        v(settled + tentative, heads * d_value, random),
        state(heads * d_key, d_value, random) {}
};

/// What the plain recurrence gives for the first `count` rows.
template <typename Scalar>
std::pair<std::vector<Scalar>, std::vector<Scalar>> absorbed(index_t d_value, index_t count) {
  Numbers<Scalar> in(d_value);
  Matrix<Scalar> o(settled + tentative, heads * d_value);
  LaneGroup<Scalar> group;
  group.add({in.state.data.data(), 0, count, 0});
  verbs::recurrence(oracle::PlainCpu(1, InstructionSet::baseline), group,
                    RecurrenceRows<Scalar>{heads, d_key, d_value, HeadDecay({-0.25, -0.01}), in.q.view(),
                                           in.k.view(), in.v.view(), o.view()});
  return {o.data, in.state.data};
}

template <typename Scalar, typename Backend>
void check(const Backend& backend, index_t d_value) {
  const HeadDecay decay({-0.25, -0.01});
  for (index_t kept = 0; kept <= tentative; ++kept) {
    Numbers<Scalar> in(d_value);
    Matrix<Scalar> o(settled + tentative, heads * d_value);
    Matrix<Scalar> keys(tentative, heads * d_key), values(tentative, heads * d_value);
    LaneGroup<Scalar> group;
    group.add(
        {in.state.data.data(), 0, settled + tentative, 0, tentative, keys.data.data(), values.data.data()});
    const RecurrenceRows<Scalar> rows{heads,       d_key,       d_value,     decay,
                                      in.q.view(), in.k.view(), in.v.view(), o.view()};
    verbs::recurrence(backend, group, rows);
    const auto before = absorbed<Scalar>(d_value, settled).second;
    CHECK(in.state.data == before);
    verbs::draft_recurrence(backend, group, rows);
    CHECK(in.state.data == before);  // a draft leaves S untouched
    CHECK(o.data == absorbed<Scalar>(d_value, settled + tentative).first);

    KeptDraftGroup<Scalar> drafts;
    drafts.add({in.state.data.data(), keys.data.data(), values.data.data(), kept});
    verbs::replay(backend, drafts, {heads, d_key, d_value, decay});
    CAPTURE(d_value, kept);
    CHECK(in.state.data == absorbed<Scalar>(d_value, settled + kept).second);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("draft: outputs and replayed states have the bits of the recurrence, in every form", "",
                   float, double) {
  for (const index_t d_value : {1, 5, 64, 65, 130}) {
    check<TestType>(oracle::PlainCpu(2), d_value);
    for (const auto form : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
      check<TestType>(Cpu(3, form), d_value);
    }
  }
}
