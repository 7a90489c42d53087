// SPDX-License-Identifier: MIT
#include "flashvideo/sequence/serial_token_sequencer.hpp"

#include <vector>

#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

using Ids = std::vector<token_t>;

// Image codes 0..9, text 10..14, <pad> 15, serials 16..21; two tokens per frame.
const SerialTokenSequencer tiny(VocabularyLayout(10, 5, 6), 2);

Ids random_codes(RandomStream& random, index_t count, index_t codes) {
  Ids ids;
  for (index_t i = 0; i < count; ++i) ids.push_back(static_cast<token_t>(random.below(codes)));
  return ids;
}

// Texts of 0 .. 4 ids; one, or one per frame.
std::vector<Ids> random_texts(RandomStream& random, index_t frames) {
  std::vector<Ids> texts;
  const index_t count = random.below(2) == 0 ? 1 : frames;
  for (index_t i = 0; i < count; ++i) texts.push_back(random_codes(random, random.below(5), 5));
  return texts;
}

// The law of labels, in words: row p predicts token p + 1 exactly if that is an image token to be written.
void check_labels(const TokenSequence& sequence, bool known) {
  REQUIRE(sequence.labels.size() == sequence.tokens.size());
  std::vector<bool> written(sequence.tokens.size() + 1, false);
  index_t expected_begin = 0;
  for (const SequenceSpan& span : sequence.spans) {
    CHECK(span.begin == expected_begin);
    CHECK(span.length >= 1);
    CHECK((span.kind == SpanKind::image || !span.write));
    expected_begin = span.end();
    for (index_t row = span.begin; row < span.end(); ++row)
      written[static_cast<std::size_t>(row)] = span.write;
  }
  CHECK(expected_begin == sequence.length());
  for (std::size_t p = 0; p < sequence.tokens.size(); ++p)
    REQUIRE(sequence.labels[p] == (known && written[p + 1] ? sequence.tokens[p + 1] : no_label));
}

}  // namespace

TEST_CASE("SerialTokenSequencer: key frames are text, serial, image tokens (Figure 3)") {
  const std::vector<Ids> texts{{0, 3}};
  const TokenSequence s = tiny.key_frames(texts, Ids{1, 2, 3, 4});
  CHECK(s.tokens == Ids{10, 13, 16, 1, 2, 10, 13, 17, 3, 4});
  CHECK(s.labels == Ids{-1, -1, 1, 2, -1, -1, -1, 3, 4, -1});
  const std::vector<SequenceSpan> spans{
      {SpanKind::text, false, 0, 2, 0}, {SpanKind::serial, false, 2, 1, 0}, {SpanKind::image, true, 3, 2, 0},
      {SpanKind::text, false, 5, 2, 1}, {SpanKind::serial, false, 7, 1, 1}, {SpanKind::image, true, 8, 2, 1}};
  CHECK(s.spans == spans);
}

TEST_CASE(
    "SerialTokenSequencer: given first frames carry no loss and the text may change from frame to frame") {
  const std::vector<Ids> storyboard{{4}, {}, {0, 1}};
  const TokenSequence s = tiny.key_frames(storyboard, Ids{1, 2, 3, 4, 5, 6}, 1);
  CHECK(s.tokens == Ids{14, 16, 1, 2, 17, 3, 4, 10, 11, 18, 5, 6});
  CHECK(s.labels == Ids{-1, -1, -1, -1, 3, 4, -1, -1, -1, 5, 6, -1});
  CHECK_FALSE(s.spans[2].write);
  CHECK(s.spans[4].write);
}

TEST_CASE("SerialTokenSequencer: interpolation is A, B with serial n+2, then the frames between (Figure 3)") {
  const std::vector<Ids> texts{{2}};
  const TokenSequence s = tiny.interpolation(texts, Ids{1, 1, 2, 2, 3, 3, 4, 4});
  CHECK(s.tokens == Ids{12, 16, 1, 1, 12, 19, 4, 4, 12, 17, 2, 2, 12, 18, 3, 3});
  CHECK(s.labels == Ids{-1, -1, -1, -1, -1, -1, -1, -1, -1, 2, 2, -1, -1, 3, 3, -1});
  CHECK(SerialTokenSequencer::interpolation_order(2) == std::vector<index_t>{0, 3, 1, 2});
  const std::vector<Ids> storyboard{{0}, {1}, {2}};
  CHECK(tiny.interpolation(storyboard, Ids{1, 1, 2, 2, 3, 3}).tokens ==
        Ids{10, 16, 1, 1, 12, 18, 3, 3, 11, 17, 2, 2});
}

TEST_CASE("SerialTokenSequencer: a generation plan has the training sequence's spans and known tokens") {
  const std::vector<Ids> texts{{2}};
  const TokenSequence plan = tiny.key_frame_plan(texts, 2, Ids{7, 8});
  CHECK(plan.tokens == Ids{12, 16, 7, 8, 12, 17, 15, 15});
  CHECK(plan.labels == Ids(8, no_label));
  CHECK(plan.spans == tiny.key_frames(texts, Ids{7, 8, 0, 0}, 1).spans);
  const TokenSequence between = tiny.interpolation_plan(texts, 1, Ids{7, 8}, Ids{5, 6});
  CHECK(between.tokens == Ids{12, 16, 7, 8, 12, 18, 5, 6, 12, 17, 15, 15});
  CHECK(between.spans == tiny.interpolation(texts, Ids{7, 8, 0, 0, 5, 6}).spans);
  CHECK(tiny.frame_prefix(Ids{2, 0}, 6) == Ids{12, 10, 21});
}

TEST_CASE("SerialTokenSequencer: only image tokens to be written carry loss, and frames round-trip") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed);
    const index_t cells = std::vector<index_t>{1, 2, 3, 16, 17}[static_cast<std::size_t>(random.below(5))];
    const SerialTokenSequencer sequencer(VocabularyLayout(10, 5, 6), cells);
    const bool gap = random.below(2) == 0;
    const index_t frames = gap ? 3 + random.below(4) : 1 + random.below(6);
    const index_t given = gap ? 0 : random.below(frames + 1);
    const std::vector<Ids> texts = random_texts(random, frames);
    const Ids codes = random_codes(random, frames * cells, 10);
    CAPTURE(seed, cells, gap, frames, given);
    TokenSequence s = gap ? sequencer.interpolation(texts, codes) : sequencer.key_frames(texts, codes, given);
    check_labels(s, true);
    index_t to_write = 0;
    for (const token_t label : s.labels) to_write += label != no_label ? 1 : 0;
    CHECK(to_write == (gap ? frames - 2 : frames - given) * cells);

    const std::span<const token_t> all(codes);
    const std::size_t frame_size = static_cast<std::size_t>(cells);
    const TokenSequence plan =
        gap ? sequencer.interpolation_plan(texts, frames - 2, all.first(frame_size), all.last(frame_size))
            : sequencer.key_frame_plan(texts, frames,
                                       all.first(static_cast<std::size_t>(given) * frame_size));
    check_labels(plan, false);
    CHECK(plan.spans == s.spans);
    for (const SequenceSpan& span : plan.spans)
      for (index_t row = span.begin; row < span.end(); ++row) {
        const std::size_t p = static_cast<std::size_t>(row);
        REQUIRE(plan.tokens[p] == (span.write ? sequencer.vocabulary().pad() : s.tokens[p]));
      }

    sequencer.pad_to(s, s.length() + random.below(4));
    CHECK(s.labels.size() == s.tokens.size());
    const std::vector<SequenceFrame> parsed = SerialTokenSequencer::display_order(sequencer.parse(s.tokens));
    REQUIRE(static_cast<index_t>(parsed.size()) == frames);
    Ids display;
    for (index_t m = 0; m < frames; ++m) {
      const SequenceFrame& frame = parsed[static_cast<std::size_t>(m)];
      CHECK(frame.serial == m + 1);
      CHECK(frame.text == (texts.size() == 1 ? texts[0] : texts[static_cast<std::size_t>(m)]));
      display.insert(display.end(), frame.codes.begin(), frame.codes.end());
    }
    CHECK(display == codes);
  }
}

TEST_CASE("SerialTokenSequencer: what does not fit is refused in one sentence") {
  const std::vector<Ids> texts{{2}};
  CHECK_THROWS_AS(SerialTokenSequencer(VocabularyLayout(10, 5, 6), 0), value_error);
  CHECK_THROWS_AS(tiny.key_frames(texts, Ids{1, 2, 3}), shape_error);
  CHECK_THROWS_AS(tiny.key_frames(texts, Ids{}), shape_error);
  CHECK_THROWS_AS(tiny.key_frames(texts, Ids(14, 1)), value_error);  // 7 frames, 6 serials
  CHECK_NOTHROW(tiny.key_frames(texts, Ids(12, 1)));
  CHECK_THROWS_AS(tiny.key_frames(texts, Ids{1, 10}), value_error);
  CHECK_THROWS_AS(tiny.key_frames(texts, Ids{1, 2}, 2), value_error);
  CHECK_THROWS_AS(tiny.key_frames(std::vector<Ids>{{5}}, Ids{1, 2}), value_error);
  CHECK_THROWS_AS(tiny.key_frames(std::vector<Ids>(2), Ids{1, 2, 3, 4, 5, 6}), shape_error);
  CHECK_THROWS_AS(tiny.interpolation(texts, Ids{1, 2, 3, 4}), shape_error);
  CHECK_THROWS_AS(tiny.interpolation(texts, Ids(14, 1)), value_error);
  CHECK_THROWS_AS(tiny.interpolation_plan(texts, 0, Ids{1, 2}, Ids{1, 2}), value_error);
  CHECK_THROWS_AS(tiny.interpolation_plan(texts, 1, Ids{1, 2}, Ids{1}), shape_error);
  CHECK_THROWS_AS(tiny.key_frame_plan(texts, 1, Ids{1, 2, 3, 4}), value_error);
  CHECK_THROWS_AS(tiny.key_frame_plan(texts, 7, Ids{}), value_error);
  CHECK_THROWS_AS(tiny.parse(Ids{12, 16, 1}), format_error);
  CHECK_THROWS_AS(tiny.parse(Ids{12, 1, 1}), format_error);
  CHECK_THROWS_AS(tiny.parse(Ids{12}), format_error);
  CHECK_THROWS_WITH(tiny.parse(Ids{16, 1, 2, 17, 3, 12}),
                    "SerialTokenSequencer::parse: position 5 does not hold image token 2 of 2");
  CHECK_THROWS_AS(SerialTokenSequencer::display_order(tiny.parse(Ids{16, 1, 2, 16, 3, 4})), format_error);
  TokenSequence s = tiny.key_frames(texts, Ids{1, 2});
  CHECK_THROWS_AS(tiny.pad_to(s, 3), shape_error);
}
