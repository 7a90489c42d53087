// SPDX-License-Identifier: MIT
#include "flashvideo/generation/video_run.hpp"

#include <algorithm>
#include <set>

#include "support/catch.hpp"
#include "unit/generation/scripted_state.hpp"

using namespace flashvideo;
using test::drawn;
using test::Film;
using Run = Film::Run;
using Tokens = std::vector<token_t>;

namespace {

constexpr index_t cells = 6;
const VocabularyLayout vocabulary(3, 4, 5);
const SerialTokenSequencer sequencer(vocabulary, cells);

FrameLayout layout_of(index_t longest_segment, index_t carried) {
  return {sequencer, 2, 3, longest_segment, carried};
}

GenerationOptions options_of(index_t key_frames, index_t rounds) {
  GenerationOptions options;
  options.seed = 11;
  options.key_frames = key_frames;
  options.rounds = rounds;
  options.ring = 0;
  options.inherit = 0.5;
  return options;
}

Tokens joined(const std::vector<Tokens>& frames, index_t begin, index_t end) {
  Tokens all;
  for (index_t f = begin; f < end; ++f) {
    const Tokens& frame = frames[static_cast<std::size_t>(f)];
    all.insert(all.end(), frame.begin(), frame.end());
  }
  return all;
}

/// What a lane absorbed is the beginning of the sequence that training lays out; what is left over is what
/// follows the token sampled last.
void check_sequence(const Tokens& absorbed, const Tokens& sequence, std::size_t most_left) {
  REQUIRE(absorbed.size() <= sequence.size());
  CHECK(sequence.size() - absorbed.size() <= most_left);
  CHECK(absorbed ==
        Tokens(sequence.begin(), sequence.begin() + static_cast<std::ptrdiff_t>(absorbed.size())));
}

std::vector<Tokens> frames_of(const GenerationOptions& options, index_t longest = 5, index_t carried = 2) {
  Run run(layout_of(longest, carried), {{{0, 2}}, {}}, options);
  Film film;
  film.finish(run);
  CHECK(run.finished());
  return film.frames;
}

}  // namespace

TEST_CASE("VideoRun: a key-frame lane absorbs the training sequence of what it writes, segment by segment") {
  for (const index_t carried : {1, 2}) {
    Run run(layout_of(3, carried), {{{0, 2}}, {}}, options_of(7, 0));
    Film film;
    film.finish(run);
    REQUIRE(film.frames.size() == 7);
    const auto segments = key_frame_segments(7, 3, carried);
    REQUIRE(film.key_lanes.size() == segments.size());
    const std::vector<Tokens> texts{{0, 2}};
    for (std::size_t s = 0; s < segments.size(); ++s) {
      CAPTURE(carried, s);
      const Tokens codes = joined(film.frames, segments[s].begin, segments[s].end);
      const TokenSequence sequence = sequencer.key_frames(texts, codes, segments[s].given);
      check_sequence(*film.key_lanes[s], sequence.tokens, 1);
      for (const SequenceSpan& span : sequence.spans) {
        if (!span.write) continue;
        for (index_t p = span.begin; p < span.end(); ++p) {
          const RandomAddress at{11, 0, static_cast<std::uint64_t>((segments[s].begin << 24) + p)};
          CHECK(sequence.tokens[static_cast<std::size_t>(p)] == drawn(at));
        }
      }
    }
  }
}

TEST_CASE("VideoRun: a gap's lane absorbs the training sequence of the gap it fills") {
  const GenerationOptions options = options_of(4, 1);
  Run run(layout_of(5, 2), {{{1}}, {}}, options);
  Film film;
  film.finish(run);
  REQUIRE(film.frames.size() == 13);
  REQUIRE(film.gap_lanes.size() == 3);
  const InterpolationPlanner<> planner(2, 3, FixedShare{0.5}, 0);
  const std::vector<Tokens> texts{{1}};
  index_t inherited = 0, stable = 0;
  for (index_t g = 0; g < 3; ++g) {
    const index_t left = 4 * g;
    const TokenSequence sequence = sequencer.interpolation(texts, joined(film.frames, left, left + 5));
    check_sequence(*film.gap_lanes[static_cast<std::size_t>(g)], sequence.tokens, cells);
    const Tokens& a = film.frames[static_cast<std::size_t>(left)];
    const Tokens& b = film.frames[static_cast<std::size_t>(left + 4)];
    for (const SequenceSpan& span : sequence.spans) {
      if (!span.write) continue;
      const InterpolationPlan plan = planner.plan(a, b, 11, left + span.frame, 3);
      inherited += plan.num_inherited;
      stable += plan.num_stable;
      for (const InterpolationRun& part : plan.runs) {
        for (index_t cell = part.begin; cell < part.begin + part.length; ++cell) {
          const token_t token = sequence.tokens[static_cast<std::size_t>(span.begin + cell)];
          const RandomAddress at{11, 1, static_cast<std::uint64_t>((left << 24) + span.begin + cell)};
          CHECK(token == (part.inherit ? a[static_cast<std::size_t>(cell)] : drawn(at)));
        }
      }
    }
  }
  CHECK(inherited > 0);
  CHECK(inherited < stable);
  CHECK(run.counts().inherited == inherited);
  CHECK(run.counts().sampled == 13 * cells - inherited);
  CHECK(run.counts().head_rows == run.counts().sampled + run.counts().drafted - run.counts().accepted);
  CHECK(run.counts().total() == 4 * (2 + cells) + 3 * 5 * (2 + cells));
}

TEST_CASE("VideoRun: the ring and the share decide what is inherited") {
  const auto inherited = [](double share, index_t ring) {
    GenerationOptions options = options_of(6, 1);
    options.inherit = share;
    options.ring = ring;
    Run run(layout_of(5, 2), {{{1}}, {}}, options);
    Film film;
    film.finish(run);
    return run.counts().inherited;
  };
  CHECK(inherited(0, 0) == 0);
  CHECK(inherited(1, 0) > inherited(0.5, 0));
  CHECK(inherited(1, 1) < inherited(1, 0));
  CHECK(inherited(1, 3) == 0);  // every cell is near a different one
}

TEST_CASE("VideoRun: rounds fill gaps of gaps, each with its own random numbers") {
  GenerationOptions options = options_of(3, 2);
  options.between = 1;
  options.inherit = 0;
  const auto frames = frames_of(options);
  REQUIRE(frames.size() == 9);
  CHECK(std::set<Tokens>(frames.begin(), frames.end()).size() == 9);
  // frame 2 is of round 1, frame 1 of round 2; both begin at the gap's third frame
  const auto code = [](std::uint32_t round, index_t left) {
    const index_t position = 3 * 3 + 2 * cells;
    return drawn({11, round, static_cast<std::uint64_t>((left << 24) + position)});
  };
  CHECK(frames[2][0] == code(1, 0));
  CHECK(frames[1][0] == code(2, 0));
  CHECK(frames[3][0] == code(2, 2));
  CHECK(frames[6][0] == code(1, 4));
}

TEST_CASE("VideoRun: lanes, lookahead and spans change no frame, the seed changes them") {
  const GenerationOptions options = options_of(6, 1);
  const auto expected = frames_of(options);
  for (const index_t n : {1, 2, 5}) {
    GenerationOptions other = options;
    other.lanes = n;
    other.lookahead = 6 - n;
    other.longest_span = 3 * n;
    CHECK(frames_of(other) == expected);
  }
  GenerationOptions other = options;
  other.seed = 12;
  CHECK(frames_of(other) != expected);
}

TEST_CASE("VideoRun: a cut gives the first frames of the whole") {
  GenerationOptions options = options_of(4, 2);
  options.between = 1;
  const auto whole = frames_of(options);
  REQUIRE(whole.size() == 13);
  for (index_t frames = 1; frames <= 13; ++frames) {
    options.frames = frames;
    CAPTURE(frames);
    CHECK(frames_of(options) == std::vector<Tokens>(whole.begin(), whole.begin() + frames));
  }
}

TEST_CASE("VideoRun: given frames are absorbed, not sampled") {
  const std::vector<Tokens> given{{0, 1, 2, 0, 1, 2}, {2, 2, 2, 2, 2, 2}};
  Run run(layout_of(5, 2), {{{3}}, given}, options_of(3, 0));
  Film film;
  film.finish(run);
  REQUIRE(film.frames.size() == 3);
  CHECK(film.frames[0] == given[0]);
  CHECK(film.frames[1] == given[1]);
  CHECK(run.counts().sampled == cells);
  const std::vector<Tokens> texts{{3}};
  check_sequence(*film.key_lanes[0], sequencer.key_frames(texts, joined(film.frames, 0, 3), 2).tokens, 1);

  Run all(layout_of(5, 2), {{{3}}, given}, options_of(2, 1));  // only the gap is left to write
  Film between;
  between.finish(all);
  REQUIRE(between.frames.size() == 5);
  CHECK(between.frames[4] == given[1]);
  CHECK(between.key_lanes.empty());
}

TEST_CASE("VideoRun: a storyboard's text holds from its key frame to the next") {
  const std::vector<Tokens> texts{{0}, {1, 1}, {2}};
  Run run(layout_of(5, 2), {texts, {}}, options_of(3, 1));
  Film film;
  film.finish(run);
  REQUIRE(film.frames.size() == 9);
  check_sequence(
      *film.key_lanes[0],
      sequencer.key_frames(texts, joined({film.frames[0], film.frames[4], film.frames[8]}, 0, 3)).tokens, 1);
  const std::vector<Tokens> first{{0}, {0}, {0}, {0}, {1, 1}}, second{{1, 1}, {1, 1}, {1, 1}, {1, 1}, {2}};
  check_sequence(*film.gap_lanes[0], sequencer.interpolation(first, joined(film.frames, 0, 5)).tokens, cells);
  check_sequence(*film.gap_lanes[1], sequencer.interpolation(second, joined(film.frames, 4, 9)).tokens,
                 cells);
}

TEST_CASE("VideoRun: what is kept does not grow with the length") {
  for (const index_t key_frames : {20, 80, 320}) {
    const GenerationOptions options = options_of(key_frames, 1);
    Run run(layout_of(5, 2), {{{1}}, {}}, options);
    Film film;
    film.finish(run);
    CHECK(static_cast<index_t>(film.frames.size()) == run.frame_count());
    CHECK(film.most_held <= (options.lookahead + 1) * 4 + 1);
    CHECK(run.frames_held() <= 1);
  }
}

TEST_CASE("VideoRun: key frames are written at most `lookahead` ahead of the frame to be taken") {
  for (const index_t lookahead : {1, 3}) {
    GenerationOptions options = options_of(40, 1);
    options.lookahead = lookahead;
    Run run(layout_of(5, 2), {{{1}}, {}}, options);
    Film film;
    while (film.step(run)) {
    }
    CHECK(run.frames_held() == lookahead * 4 + 1);
    CHECK_FALSE(run.finished());
    film.finish(run);  // goes on as soon as frames are taken
    CHECK(film.frames.size() == 157);
  }
}

TEST_CASE("VideoRun: a copy midway goes on alone and gives the same frames") {
  GenerationOptions options = options_of(9, 1);
  const auto expected = frames_of(options, 3, 1);
  for (const index_t lanes : {1, 4}) {
    options.lanes = lanes;  // with one, gaps wait
    for (const int steps : {0, 1, 9, 40, 120}) {
      Run run(layout_of(3, 1), {{{0, 2}}, {}}, options);
      Film film;
      for (int i = 0; i < steps; ++i) {
        film.step(run);
        film.take(run);
      }
      Run copy = run.clone(0);
      Film other;
      other.frames = film.frames;
      film.finish(run);
      other.finish(copy);
      CAPTURE(lanes, steps);
      CHECK(film.frames == expected);
      CHECK(other.frames == expected);
      CHECK(copy.counts().total() == run.counts().total());
    }
  }
}

TEST_CASE("VideoRun: drafts are shown the frame before, and the key frame after in a gap") {
  GenerationOptions options = options_of(4, 1);
  options.speculation = 3;
  index_t first_frames = 0, key_frames = 0, between = 0;
  std::vector<Tokens> previous, following;
  options.drafter = [&](const DraftPlace& place) {
    CHECK(place.width == 3);
    CHECK(static_cast<index_t>(place.frame.size()) == place.cell);
    if (place.following.empty()) {
      ++(place.previous.empty() ? first_frames : key_frames);
    } else {
      ++between;
      following.emplace_back(place.following.begin(), place.following.end());
      CHECK(static_cast<index_t>(place.previous.size()) == cells);
    }
    if (place.cell == 0 && !place.previous.empty()) {
      previous.emplace_back(place.previous.begin(), place.previous.end());
    }
    return token_t{1};
  };
  Run run(layout_of(3, 1), {{{1}}, {}}, options);
  Film film;
  film.finish(run);
  GenerationOptions plain = options_of(4, 1);
  plain.speculation = 0;
  Run same(layout_of(3, 1), {{{1}}, {}}, plain);
  Film undrafted;
  undrafted.finish(same);
  CHECK(film.frames == undrafted.frames);
  CHECK(first_frames > 0);
  CHECK(key_frames > 0);
  CHECK(between > 0);
  const auto is_frame = [&](const Tokens& codes) {
    return std::find(film.frames.begin(), film.frames.end(), codes) != film.frames.end();
  };
  CHECK(std::all_of(previous.begin(), previous.end(), is_frame));
  CHECK(std::all_of(following.begin(), following.end(), is_frame));
  CHECK(run.counts().drafted > run.counts().accepted);
  CHECK(run.counts().accepted > 0);
}

TEST_CASE("VideoRun: what does not fit is refused") {
  const auto run = [](VideoTokens tokens) { Run(layout_of(5, 2), std::move(tokens), options_of(3, 0)); };
  CHECK_THROWS_WITH(run({{{0}, {1}}, {}}),
                    "VideoRun: 2 texts are given, expected 1 or one for each of the 3 key frames");
  CHECK_THROWS_WITH(run({{{0}}, std::vector<Tokens>(4, Tokens(6))}),
                    "VideoRun: 4 first frames are given, the video has 3 key frames");
  CHECK_THROWS_WITH(run({{{0}}, {}, {{1, Tokens(6)}}}),
                    "VideoRun: frame 1 is given between key frames, the video has none there");
  const auto filled = [](index_t index, std::size_t tokens) {
    Run(layout_of(5, 2), {{{0}}, {}, {{index, Tokens(tokens)}}}, options_of(3, 1));
  };
  CHECK_NOTHROW(filled(7, 6));
  CHECK_THROWS_WITH(filled(9, 6), "VideoRun: frame 9 is given between key frames, the video has none there");
  CHECK_THROWS_WITH(filled(4, 6), "VideoRun: frame 4 is given between key frames, the video has none there");
  CHECK_THROWS_WITH(filled(3, 7), "VideoRun: a given frame has 7 tokens, expected 6");
  CHECK_THROWS_WITH(run({{{0}}, {Tokens(5)}}), "VideoRun: a given frame has 5 tokens, expected 6");
}

TEST_CASE(
    "VideoRun: of a gap's given frames the lane absorbs the training sequence, a gap given whole has no "
    "lane") {
  const GenerationOptions options = options_of(3, 1);
  const std::vector<Tokens> frames = frames_of(options);
  VideoTokens video{{{0, 2}}, {frames[0], frames[4]}, {}};
  for (const index_t f : {1, 2, 3, 5, 6}) video.given_between[f] = frames[static_cast<std::size_t>(f)];
  Run run(layout_of(5, 2), video, options);
  CHECK(run.frames_held() == 7);
  Film film;
  film.finish(run);
  CHECK(film.frames == frames);
  REQUIRE(film.gap_lanes.size() == 1);
  const std::vector<Tokens> texts{{0, 2}};
  check_sequence(*film.gap_lanes[0], sequencer.interpolation(texts, joined(frames, 4, 9)).tokens, 1);
  CHECK(run.counts().sampled + run.counts().inherited == 2 * cells);  // frames 7 and 8
}
