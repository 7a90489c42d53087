// SPDX-License-Identifier: MIT
#include "flashvideo/generation/draft.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

DraftPace taught(index_t drafts, index_t drafted, index_t accepted) {
  DraftPace pace;
  for (index_t i = 0; i < drafts; ++i) pace.learn(drafted, accepted);
  return pace;
}

}  // namespace

TEST_CASE(
    "PreviousFrameDraft: the place's token in the frame before or in both key frames, or its neighbour") {
  const std::vector<token_t> previous{4, 5, 6}, frame{7, 8};
  const PreviousFrameDraft drafter;
  CHECK(drafter({2, 3, frame, previous, {}, {}}) == 6);
  CHECK(drafter({2, 3, frame, {}, {}, {}}) == 8);
  CHECK(drafter({0, 3, {}, previous, {}, {}}) == 4);
  CHECK(drafter({0, 3, {}, {}, {}, {}}) == no_guess);
  // in a gap: what both key frames agree on
  const std::vector<token_t> left{1, 2, 3}, right{1, 9, 3};
  CHECK(drafter({1, 3, {}, previous, right, left}) == 5);
  CHECK(drafter({2, 3, frame, previous, right, left}) == 3);
  // what was drawn behind a wrong guess comes first
  CHECK(drafter({2, 3, frame, previous, right, left, 8}) == 8);
  CHECK(drafter({0, 3, {}, {}, {}, {}, 0}) == 0);
  CHECK(NoDraft{}({0, 3, {}, previous, {}, {}}) == no_guess);
}

TEST_CASE("DraftPace: right guesses make drafts longer, wrong ones shorter, up to the longest") {
  const DraftPace sure = taught(100, 8, 8);
  const DraftPace unsure = taught(100, 8, 1);
  const DraftPace wrong = taught(100, 1, 0);
  CHECK(sure.share() > 0.99);
  CHECK(wrong.share() < 0.01);
  CHECK(sure.length(16, 1) == 16);
  CHECK(sure.length(3, 1) == 3);
  CHECK(unsure.length(16, 1) < sure.length(16, 1));
  CHECK(wrong.length(16, 1) == 0);
  for (const index_t lanes : {1, 4, 64}) {
    for (const index_t longest : {0, 1, 7, 16}) {
      CHECK(DraftPace().length(longest, lanes) <= longest);
      CHECK(sure.length(longest, lanes) <= longest);
    }
  }
}

TEST_CASE("DraftPace: lanes that share passes draft less") {
  const DraftPace pace = taught(20, 4, 3);
  index_t before = pace.length(16, 1);
  CHECK(before > 0);
  for (const index_t lanes : {2, 4, 8, 32}) {
    const index_t length = pace.length(16, lanes);
    CHECK(length <= before);
    before = length;
  }
}

TEST_CASE("DraftPace: after a while without drafts they are tried again") {
  DraftPace pace = taught(100, 1, 0);
  index_t tokens = 0;
  for (; pace.length(16, 1) == 0 && tokens < 1000; ++tokens) pace.learn(0, 0);
  CHECK(tokens > 1);
  CHECK(tokens < 1000);
}

TEST_CASE("DraftPace: the share follows what was right") {
  // nine of ten drafts of one guess are right
  DraftPace pace;
  for (int i = 0; i < 1000; ++i) pace.learn(1, i % 10 == 0 ? 0 : 1);
  CHECK(pace.share() > 0.8);
  CHECK(pace.share() < 0.97);
}

TEST_CASE("PassCost: finds what a row costs beside a pass, until then a guess") {
  for (const double row_cost : {0.02, 0.125, 1.5, 8.0}) {
    PassCost cost;
    CHECK(cost.row_cost() == PassCost::first_row_cost);
    for (index_t i = 0; i < 100; ++i) {
      const index_t rows = 1 + i % 5;
      if (i == 0) cost.learn(rows, 1.0);  // the first passes find no matrix in the caches
      cost.learn(rows, 1e-3 * (1 + row_cost * static_cast<double>(rows)));
      if (i % 10 == 9) cost.learn(rows, 1.0);  // interrupted
      if (i % 10 == 8) cost.learn(80, 1e-6);   // known text
      if (i % 10 == 7) cost.learn(rows, 0.0);  // a clock too coarse
    }
    CAPTURE(row_cost);
    CHECK(cost.row_cost() == Approx(row_cost).epsilon(0.05));
  }
}

TEST_CASE("PassCost: passes of one size tell nothing, and costs beyond reason are bounded") {
  PassCost same;
  for (index_t i = 0; i < 100; ++i) same.learn(3, 1e-3);
  CHECK(same.row_cost() == Approx(PassCost::first_row_cost));
  PassCost free, all;
  for (index_t i = 0; i < 100; ++i) {
    free.learn(1 + i % 3, 1e-3 / static_cast<double>(1 + i % 3));  // more rows, less time
    all.learn(1 + i % 3, 1e-3 * static_cast<double>(1 + i % 3));
  }
  CHECK(free.row_cost() == 0);
  CHECK(all.row_cost() == 16);
}

TEST_CASE("DraftPace: dear rows make drafts shorter") {
  const DraftPace pace = taught(100, 4, 3);
  CHECK(pace.length(16, 1, 0.01) > pace.length(16, 1, 0.2));
  CHECK(pace.length(16, 4, 4.0) == 0);
  CHECK(pace.length(16, 1) == pace.length(16, 1, PassCost::first_row_cost));
}
