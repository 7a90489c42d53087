// SPDX-License-Identifier: MIT
#include "flashvideo/generation/lane.hpp"

#include "support/catch.hpp"
#include "unit/generation/scripted_state.hpp"

using namespace flashvideo;
using test::drawn;
using test::ScriptedState;

namespace {

using Tokens = std::vector<token_t>;
const RandomAddress address{5, 2, 1000};

Lane<ScriptedState> scripted() {
  Lane<ScriptedState> lane(ScriptedState{}, address);
  lane.know(Tokens{10, 11, 12});
  lane.write(2);
  lane.know(Tokens{13, 14}, true);
  lane.know(Tokens{15});
  lane.write(1);
  return lane;
}

/// The token sampled for position p.
token_t at(index_t p) { return drawn({5, 2, 1000 + static_cast<std::uint64_t>(p)}); }

void finish(Lane<ScriptedState>& lane, index_t longest) {
  Sampler sampler;
  while (!lane.done()) test::step(lane, sampler, longest);
}

}  // namespace

TEST_CASE("Lane: known spans are absorbed, the rest is sampled at the address of its position") {
  for (const index_t longest : {1, 2, 3, 64}) {
    auto lane = scripted();
    finish(lane, longest);
    CAPTURE(longest);
    CHECK(lane.written() == Tokens{at(3), at(4), at(8)});
    CHECK(*lane.state().absorbed == Tokens{10, 11, 12, at(3), at(4), 13, 14, 15});
  }
}

TEST_CASE("Lane: every token is counted once") {
  auto lane = scripted();
  CHECK(lane.counts().absorbed == 4);
  CHECK(lane.counts().inherited == 2);
  CHECK(lane.counts().sampled == 0);
  finish(lane, 64);
  CHECK(lane.counts().sampled == 3);
  CHECK(lane.counts().head_rows == 3);
  CHECK(lane.counts().total() == 9);
  TokenCounts twice = lane.counts();
  twice += lane.counts();
  CHECK(twice.total() == 18);
  CHECK(twice.inherited == 4);
  CHECK(twice.head_rows == 6);
}

TEST_CASE("Lane: logits are wanted after the last token before one to sample, and nowhere else") {
  auto lane = scripted();
  Sampler sampler;
  std::vector<bool> wanted;
  while (!lane.done()) {
    const auto span = lane.next_span(2);
    lane.state().absorbed->insert(lane.state().absorbed->end(), span.begin(), span.end());
    wanted.push_back(lane.wants_logits());
    lane.accept(wanted.back() ? std::span<const float>(test::equal_logits) : std::span<const float>(),
                sampler);
  }
  // 10 11 | 12 -> | w -> | w 13 | 14 15 ->
  CHECK(wanted == std::vector<bool>{false, true, true, false, true});
}

TEST_CASE("Lane: a script that is continued goes on with the token sampled last") {
  auto lane = scripted();
  finish(lane, 64);
  CHECK(lane.done());
  lane.know(Tokens{16});
  CHECK(lane.done());  // nothing to sample: the known token waits
  lane.write(1);
  CHECK_FALSE(lane.done());
  finish(lane, 64);
  CHECK(*lane.state().absorbed == Tokens{10, 11, 12, at(3), at(4), 13, 14, 15, at(8), 16});
  CHECK(lane.written().back() == at(10));
}

TEST_CASE("Lane: nothing known and nothing to write change nothing") {
  Lane<ScriptedState> lane(ScriptedState{}, address);
  lane.know(Tokens{});
  lane.write(0);
  CHECK(lane.done());
  CHECK(lane.counts().total() == 0);
}

TEST_CASE("Lane: a copy goes on alone and samples the same") {
  auto lane = scripted();
  Sampler sampler;
  for (int i = 0; i < 2; ++i) test::step(lane, sampler, 2);
  auto copy = lane.clone(0);
  finish(lane, 2);
  CHECK(copy.written().size() == 1);
  finish(copy, 7);
  CHECK(copy.written() == lane.written());
  CHECK(*copy.state().absorbed == *lane.state().absorbed);
  CHECK(copy.counts().total() == lane.counts().total());
}
