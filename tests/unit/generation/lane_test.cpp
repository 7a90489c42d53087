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

Lane<ScriptedState> scripted(const FrameCanvas& canvas = FrameCanvas()) {
  Lane<ScriptedState> lane(ScriptedState{}, address, canvas);
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
  twice.text_effect = 0.5;
  twice += twice;
  CHECK(twice.text_effect == 1);
}

TEST_CASE("Lane: logits are wanted after the last token before one to sample, and nowhere else") {
  auto lane = scripted();
  Sampler sampler;
  std::vector<bool> wanted;
  while (!lane.done()) {
    const auto span = lane.next_span(2);
    lane.state().absorbed->insert(lane.state().absorbed->end(), span.begin(), span.end());
    wanted.push_back(lane.wants_logits());
    CHECK(lane.logits_after().size() == (wanted.back() ? 1 : 0));
    CHECK(lane.tentative() == 0);
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

TEST_CASE("Lane: drafts change neither tokens nor what is absorbed, whichever guesses are right") {
  auto plain = scripted();
  finish(plain, 64);
  Sampler sampler;
  for (const index_t longest : {1, 2, 3, 5, 64}) {
    for (const index_t longest_draft : {0, 1, 2, 3, 4, 5, 7}) {
      for (int right = 0; right < 8; ++right) {
        FrameCanvas canvas(3);
        canvas.add_blank(3);
        Lane<ScriptedState> lane = scripted(canvas);
        const Drafter drafter = [&](const DraftPlace& place) {
          const auto cell = static_cast<std::size_t>(place.cell);
          const bool is_right = (right >> cell & 1) != 0;
          return is_right ? plain.written()[cell] : (plain.written()[cell] + 1) % 3;
        };
        index_t steps = 0;
        for (; !lane.done(); ++steps) test::step(lane, sampler, longest, longest_draft, drafter);
        CAPTURE(longest, longest_draft, right);
        CHECK(lane.written() == plain.written());
        CHECK(*lane.state().absorbed == *plain.state().absorbed);
        CHECK(lane.canvas().frames().front() == plain.written());
        const TokenCounts& counts = lane.counts();
        CHECK(counts.total() == plain.counts().total());
        CHECK(counts.sampled == 3);
        CHECK(counts.head_rows == counts.sampled + counts.drafted - counts.accepted);
        if (longest == 64) {
          CHECK(steps == 3 - counts.accepted);
          // the second guess takes the three known tokens behind it along: four rows, five behind the first
          const bool first = longest_draft >= 1 && (right & 1) != 0;
          const bool second = (right & 2) != 0 && longest_draft >= (first ? 5 : 4);
          CHECK(counts.accepted == static_cast<index_t>(first) + static_cast<index_t>(second));
        }
      }
    }
  }
}

TEST_CASE("Lane: a draft ends where no token is sampled behind it, and runs through known tokens") {
  FrameCanvas canvas(3);
  canvas.add_blank(3);
  const Drafter two = [](const DraftPlace&) { return 2; };
  const auto offered = [&](index_t longest, index_t longest_draft) {
    auto lane = scripted(canvas);
    const auto span = lane.next_span(longest, longest_draft, two);
    CHECK(lane.tentative() == static_cast<index_t>(span.size()) - std::min<index_t>(longest, 3));
    CHECK(lane.wants_logits() == (longest >= 3));
    const auto after = lane.logits_after();
    return std::pair(Tokens(span.begin(), span.end()), std::vector<index_t>(after.begin(), after.end()));
  };
  using Offer = std::pair<Tokens, std::vector<index_t>>;
  CHECK(offered(64, 0) == Offer({10, 11, 12}, {2}));
  CHECK(offered(64, 1) == Offer({10, 11, 12, 2}, {2, 3}));
  CHECK(offered(64, 4) == Offer({10, 11, 12, 2}, {2, 3}));  // 2 13 14 15 do not fit behind the 2
  CHECK(offered(64, 5) == Offer({10, 11, 12, 2, 2, 13, 14, 15}, {2, 3, 7}));
  CHECK(offered(64, 64) == Offer({10, 11, 12, 2, 2, 13, 14, 15}, {2, 3, 7}));  // the last one ends the script
  CHECK(offered(7, 64) == Offer({10, 11, 12, 2}, {2, 3}));
  CHECK(offered(3, 64) == Offer({10, 11, 12}, {2}));
  CHECK(offered(2, 64) == Offer({10, 11}, {}));
}

TEST_CASE("Lane: what is drawn behind a wrong guess is shown to the next draft at its own place") {
  FrameCanvas canvas(6);
  canvas.add_blank(6);
  Lane<ScriptedState> lane(ScriptedState{}, address, canvas);
  lane.know(Tokens{10, 11});
  lane.write(2);
  lane.know(Tokens{12}, true);
  lane.write(4);
  Sampler sampler;
  std::vector<std::pair<index_t, token_t>> shown;  // cell, redrawn
  const Drafter wrong = [&](const DraftPlace& place) {
    shown.emplace_back(place.cell, place.redrawn);
    const index_t position = 2 + place.cell + (place.cell >= 2 ? 1 : 0);
    return (at(position) + 1) % 3;
  };
  // the logits are equal, so what is drawn behind a wrong guess is the token itself
  test::step(lane, sampler, 64, 3, wrong);
  CHECK(shown == std::vector<std::pair<index_t, token_t>>{{0, no_guess}, {1, no_guess}});
  shown.clear();
  auto copy = lane.clone(0);
  test::step(lane, sampler, 64, 4, wrong);
  const std::vector<std::pair<index_t, token_t>> second{{1, at(3)}, {2, at(5)}, {3, no_guess}};
  CHECK(shown == second);
  shown.clear();
  test::step(copy, sampler, 64, 4, wrong);
  CHECK(shown == second);
  test::step(lane, sampler, 64, 0, wrong);  // no draft: what was drawn before is of no place any more
  shown.clear();
  test::step(lane, sampler, 64, 1, wrong);
  CHECK(shown == std::vector<std::pair<index_t, token_t>>{{3, no_guess}});
  // guessing just that saves steps
  Lane<ScriptedState> again(ScriptedState{}, address, canvas);
  again.know(Tokens{10, 11});
  again.write(6);
  const Drafter redrawn = [](const DraftPlace& place) {
    return place.redrawn == no_guess ? token_t{0} : place.redrawn;
  };
  index_t steps = 0;
  for (; !again.done(); ++steps) test::step(again, sampler, 64, 5, redrawn);
  CHECK(steps <= 2);
}

TEST_CASE("Lane: a second state is there where it was given, and a copy has its own") {
  auto lane = scripted();
  CHECK(lane.without_text() == nullptr);
  CHECK(lane.clone(0).without_text() == nullptr);
  lane.guide({std::make_shared<Tokens>(Tokens{7})});
  auto copy = lane.clone(0);
  copy.without_text()->absorbed->push_back(8);
  CHECK(*lane.without_text()->absorbed == Tokens{7});
  CHECK(*copy.without_text()->absorbed == Tokens{7, 8});
  CHECK(lane.state().absorbed->empty());
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
