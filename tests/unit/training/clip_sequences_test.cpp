// SPDX-License-Identifier: MIT
#include "flashvideo/training/clip_sequences.hpp"

#include <algorithm>
#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

using Tokens = std::vector<token_t>;

/// Two clips of nine frames of two tokens, with texts of three ids and of one.
struct Clips {
  std::vector<Tokens> captions{{0, 2, 1}, {3}};
  std::vector<Tokens> frames{{0, 1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5}, Tokens(18, 6)};

  index_t size() const { return 2; }
  TokenClip clip(index_t i) const {
    const auto at = static_cast<std::size_t>(i);
    return {captions[at], {frames[at].data(), {9, 2}}};
  }
};

const VocabularyLayout vocabulary(7, 4, 5);
const SerialTokenSequencer sequencer(vocabulary, 2);

ClipSequencesOptions options_of(double text_dropout) {
  return {.key_frames = 3,
          .key_spacing = 3,
          .interpolation_share = 0.4,
          .gaps = {{3, 1}, {1, 2}},
          .seed = 5,
          .text_dropout = text_dropout};
}

}  // namespace

TEST_CASE("ClipSequences: a dropped text is dropped whole, and nothing else changes") {
  const Clips clips;
  const ClipSequences<Clips> plain(clips, sequencer, options_of(0));
  const ClipSequences<Clips> dropping(clips, sequencer, options_of(0.3));
  index_t dropped = 0;
  constexpr index_t count = 4000;
  for (index_t n = 0; n < count; ++n) {
    const RandomAddress address{9, 1, static_cast<std::uint64_t>(n) << 16};
    const TokenSequence with_text = plain.sequence(n, address), sequence = dropping.sequence(n, address);
    Tokens without_text = with_text.tokens;
    for (const SequenceSpan& span : with_text.spans) {
      for (index_t p = span.begin; span.kind == SpanKind::text && p < span.end(); ++p) {
        without_text[static_cast<std::size_t>(p)] = vocabulary.pad();
      }
    }
    REQUIRE(without_text != with_text.tokens);
    const bool is_dropped = sequence.tokens == without_text;
    dropped += is_dropped;
    const bool is_one_of_both = is_dropped || sequence.tokens == with_text.tokens;
    const bool is_otherwise_equal = sequence.labels == with_text.labels && sequence.spans == with_text.spans;
    const bool is_repeated = dropping.sequence(n, address).tokens == sequence.tokens;
    if (!is_one_of_both || !is_otherwise_equal || !is_repeated) FAIL("sequence " << n);
  }
  CHECK(static_cast<double>(dropped) / count == Approx(0.3).margin(0.03));
}

TEST_CASE("ClipSequences: a share of dropped texts outside its range is refused") {
  const Clips clips;
  for (const double share : {-0.1, 1.0}) {
    CHECK_THROWS_AS(ClipSequences<Clips>(clips, sequencer, options_of(share)), value_error);
  }
  CHECK_THROWS_WITH(ClipSequences<Clips>(clips, sequencer, options_of(1)),
                    "ClipSequences: text_dropout is 1, expected within [0, 1)");
}

TEST_CASE("ClipSequences: given first frames are drawn evenly, carry no loss, and nothing else changes") {
  const Clips clips;
  const ClipSequences<Clips> plain(clips, sequencer, options_of(0));
  ClipSequencesOptions options = options_of(0);
  options.given_frames = {0, 1, 4, 6};  // of key frames 0, 3, 6: none, one, two, two
  const ClipSequences<Clips> predicting(clips, sequencer, options);
  std::vector<index_t> drawn(3);
  constexpr index_t count = 4000;
  index_t key_frame_sequences = 0;
  for (index_t n = 0; n < count; ++n) {
    const RandomAddress address{9, 1, static_cast<std::uint64_t>(n) << 16};
    const TokenSequence expected = plain.sequence(n, address), sequence = predicting.sequence(n, address);
    if (sequence.tokens != expected.tokens) FAIL("sequence " << n);
    const auto parsed = sequencer.parse(sequence.tokens);
    if (parsed[1].serial != 2) {  // an interpolation
      if (sequence.labels != expected.labels) FAIL("sequence " << n);
      continue;
    }
    ++key_frame_sequences;
    index_t given = 0;
    Tokens labels = expected.labels;
    for (const SequenceSpan& span : sequence.spans) {
      if (span.kind != SpanKind::image || span.write) continue;
      if (span.frame != given++) FAIL("sequence " << n);
      std::fill(labels.begin() + static_cast<std::ptrdiff_t>(span.begin - 1),
                labels.begin() + static_cast<std::ptrdiff_t>(span.end() - 1), no_label);
    }
    if (sequence.labels != labels) FAIL("sequence " << n);
    ++drawn.at(static_cast<std::size_t>(given));
  }
  const auto share = [&](std::size_t given) {
    return static_cast<double>(drawn[given]) / static_cast<double>(key_frame_sequences);
  };
  CHECK(share(0) == Approx(0.25).margin(0.03));
  CHECK(share(1) == Approx(0.25).margin(0.03));
  CHECK(share(2) == Approx(0.5).margin(0.03));
}

TEST_CASE("ClipSequences: given frames that leave no key frame to write are refused") {
  const Clips clips;
  ClipSequencesOptions options = options_of(0);
  options.given_frames = {1, 7};
  CHECK_THROWS_WITH(ClipSequences<Clips>(clips, sequencer, options),
                    "ClipSequences: given_frames has 7, expected 0 .. 6: a key frame is left to write");
  options.given_frames = {-1};
  CHECK_THROWS_AS(ClipSequences<Clips>(clips, sequencer, options), value_error);
}
