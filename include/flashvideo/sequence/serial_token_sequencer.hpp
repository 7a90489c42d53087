// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/sequence/token_sequence.hpp"
#include "flashvideo/sequence/vocabulary.hpp"

namespace flashvideo {

/// Lays frames out as one token sequence with Serial Number tokens, and reads such sequences back
/// ([FlashVideo] 3.2, Figure 3).
///
///     key frames      text, serial(m), image tokens of frame m          for m = 1..F
///     interpolation   text, serial(1), A                                the frame on the left, given
///                     text, serial(n+2), B                              the frame on the right, given
///                     text, serial(m), image tokens of frame m          for m = 2..n+1, between the two
///
/// `texts` holds text ids: one text for all frames or one per frame (a storyboard), possibly empty. `codes`
/// are image codes in display order, frame after frame, tokens_per_frame each.
/// @throws shape_error when codes are no whole frames, or texts are neither one nor one for each frame
/// @throws value_error for an id outside the vocabulary or more frames than serial numbers
/// @code
/// const SerialTokenSequencer sequencer(VocabularyLayout(512, 300, 8), 64);
/// TokenSequence clip = sequencer.key_frames(texts, codes);      // teacher forcing: tokens, labels, spans
/// TokenSequence plan = sequencer.key_frame_plan(texts, 5, {});  // generation: the same spans
/// @endcode
class SerialTokenSequencer {
 public:
  /// Texts of a sequence: one for all frames, or one per frame in display order.
  using Texts = std::span<const std::vector<token_t>>;
  /// Image codes, (frames, tokens_per_frame).
  using Codes = std::span<const token_t>;

  /// @throws value_error unless tokens_per_frame >= 1
  SerialTokenSequencer(const VocabularyLayout& vocabulary, index_t tokens_per_frame)
      : vocabulary_(vocabulary), tokens_per_frame_(tokens_per_frame) {
    require<value_error>(tokens_per_frame >= 1, "SerialTokenSequencer: tokens_per_frame is {}, expected >= 1",
                         tokens_per_frame);
  }

  /// Training sequence of key frames; the first `given` frames are absorbed and carry no loss.
  TokenSequence key_frames(Texts texts, Codes codes, index_t given = 0) const {
    const index_t frames = whole_frames(codes, "key_frames");
    require<value_error>(given >= 0 && given <= frames,
                         "SerialTokenSequencer::key_frames: given is {}, expected 0 .. {}", given, frames);
    return layout_key_frames(texts, frames, given, codes, "key_frames");
  }

  /// Generation plan of `frames` key frames, the first of which are `given_codes` (absorbed); the rest is to
  /// be written. Its spans equal those of `key_frames` with as many given frames.
  TokenSequence key_frame_plan(Texts texts, index_t frames, Codes given_codes) const {
    const index_t given = given_codes.empty() ? 0 : whole_frames(given_codes, "key_frame_plan");
    require<value_error>(given <= frames,
                         "SerialTokenSequencer::key_frame_plan: {} frames are given, expected at most {}",
                         given, frames);
    return layout_key_frames(texts, frames, given, given_codes, "key_frame_plan");
  }

  /// Training sequence of an interpolation: `codes` holds A, the n frames between, B in display order; only
  /// the frames between carry loss.
  TokenSequence interpolation(Texts texts, Codes codes) const {
    const index_t frames = whole_frames(codes, "interpolation");
    require<shape_error>(frames >= 3,
                         "SerialTokenSequencer::interpolation: codes has {} frames, expected >= 3", frames);
    return layout_interpolation(texts, frames - 2, codes.first(size_of(1)), codes.last(size_of(1)),
                                codes.subspan(size_of(1), size_of(frames - 2)), "interpolation");
  }

  /// Generation plan of `between` frames between the given frames `left` (A) and `right` (B).
  TokenSequence interpolation_plan(Texts texts, index_t between, Codes left, Codes right) const {
    require<value_error>(between >= 1,
                         "SerialTokenSequencer::interpolation_plan: between is {}, expected >= 1", between);
    require<shape_error>(
        left.size() == size_of(1) && right.size() == size_of(1),
        "SerialTokenSequencer::interpolation_plan: left has {} codes and right {}, expected {}", left.size(),
        right.size(), tokens_per_frame_);
    return layout_interpolation(texts, between, left, right, {}, "interpolation_plan");
  }

  /// The known tokens before a frame's image tokens: its text, then its Serial Number token.
  std::vector<token_t> frame_prefix(std::span<const token_t> text, index_t serial) const {
    std::vector<token_t> tokens;
    tokens.reserve(text.size() + 1);
    for (const token_t id : text) tokens.push_back(vocabulary_.text(id));
    tokens.push_back(vocabulary_.serial(serial));
    return tokens;
  }

  /// Display indexes of the frames in the order in which an interpolation's sequence has them: 0, n+1, 1, ..,
  /// n.
  static std::vector<index_t> interpolation_order(index_t between) {
    require<value_error>(between >= 1,
                         "SerialTokenSequencer::interpolation_order: between is {}, expected >= 1", between);
    std::vector<index_t> order{0, between + 1};
    for (index_t frame = 1; frame <= between; ++frame) order.push_back(frame);
    return order;
  }

  /// Reads a sequence (trailing `<pad>` allowed) back into its frames, in sequence order.
  /// @throws format_error naming the first token that cannot stand where it does
  std::vector<SequenceFrame> parse(std::span<const token_t> tokens) const {
    std::size_t end = tokens.size();
    while (end > 0 && vocabulary_.is_pad(tokens[end - 1])) --end;
    std::vector<SequenceFrame> frames;
    std::size_t p = 0;
    while (p < end) {
      SequenceFrame frame;
      for (; p < end && vocabulary_.is_text(tokens[p]); ++p)
        frame.text.push_back(static_cast<token_t>(vocabulary_.text_id(tokens[p])));
      require<format_error>(p < end && vocabulary_.is_serial(tokens[p]),
                            "SerialTokenSequencer::parse: position {} does not hold a Serial Number token",
                            p);
      frame.serial = vocabulary_.serial_number(tokens[p++]);
      for (index_t cell = 0; cell < tokens_per_frame_; ++cell, ++p) {
        require<format_error>(p < end && vocabulary_.is_image(tokens[p]),
                              "SerialTokenSequencer::parse: position {} does not hold image token {} of {}",
                              p, cell + 1, tokens_per_frame_);
        frame.codes.push_back(static_cast<token_t>(vocabulary_.image_code(tokens[p])));
      }
      frames.push_back(std::move(frame));
    }
    return frames;
  }

  /// Moves parsed frames to display order: frame B of an interpolation goes behind the frames between.
  /// @throws format_error unless the serial numbers are 1..F, each once
  static std::vector<SequenceFrame> display_order(std::vector<SequenceFrame> frames) {
    std::vector<SequenceFrame> ordered(frames.size());
    for (SequenceFrame& frame : frames) {
      const bool fits = frame.serial >= 1 && frame.serial <= static_cast<index_t>(frames.size());
      require<format_error>(
          fits && ordered[static_cast<std::size_t>(fits ? frame.serial - 1 : 0)].serial == 0,
          "SerialTokenSequencer::display_order: serial number {} stands twice or beyond the {} frames",
          frame.serial, frames.size());
      ordered[static_cast<std::size_t>(frame.serial - 1)] = std::move(frame);
    }
    return ordered;
  }

  /// Appends `<pad>` without loss up to `length` rows, so that sequences of a batch are equally long.
  void pad_to(TokenSequence& sequence, index_t length) const {
    require<shape_error>(sequence.length() <= length,
                         "SerialTokenSequencer::pad_to: the sequence has {} tokens, expected <= {}",
                         sequence.length(), length);
    sequence.tokens.resize(static_cast<std::size_t>(length), vocabulary_.pad());
    sequence.labels.resize(static_cast<std::size_t>(length), no_label);
  }

  /// The id space of the sequences.
  const VocabularyLayout& vocabulary() const { return vocabulary_; }
  /// Image tokens of a frame.
  index_t tokens_per_frame() const { return tokens_per_frame_; }

 private:
  std::size_t size_of(index_t frames) const { return static_cast<std::size_t>(frames * tokens_per_frame_); }

  Codes frame_codes(Codes codes, index_t frame) const { return codes.subspan(size_of(frame), size_of(1)); }

  index_t whole_frames(Codes codes, const char* function) const {
    const index_t count = static_cast<index_t>(codes.size());
    require<shape_error>(count >= 1 && count % tokens_per_frame_ == 0,
                         "SerialTokenSequencer::{}: codes has {} tokens, expected a positive multiple of {}",
                         function, count, tokens_per_frame_);
    return count / tokens_per_frame_;
  }

  void check(Texts texts, index_t frames, const char* function) const {
    require<value_error>(
        frames >= 1 && frames <= vocabulary_.num_serials(),
        "SerialTokenSequencer::{}: the sequence has {} frames, expected 1 .. {} (serial numbers)", function,
        frames, vocabulary_.num_serials());
    require<shape_error>(texts.size() == 1 || static_cast<index_t>(texts.size()) == frames,
                         "SerialTokenSequencer::{}: {} texts are given, expected 1 or {}", function,
                         texts.size(), frames);
  }

  TokenSequence layout_key_frames(Texts texts, index_t frames, index_t given, Codes codes,
                                  const char* function) const {
    check(texts, frames, function);
    TokenSequence sequence;
    for (index_t m = 0; m < frames; ++m) {
      const bool known = size_of(m + 1) <= codes.size();
      append(sequence, texts, m, known ? frame_codes(codes, m) : Codes{}, m >= given);
    }
    return sequence;
  }

  /// `middle` is empty in a plan: its tokens are still to be written.
  TokenSequence layout_interpolation(Texts texts, index_t between, Codes left, Codes right, Codes middle,
                                     const char* function) const {
    check(texts, between + 2, function);
    TokenSequence sequence;
    for (const index_t m : interpolation_order(between)) {
      if (m == 0 || m == between + 1)
        append(sequence, texts, m, m == 0 ? left : right, false);
      else
        append(sequence, texts, m, middle.empty() ? Codes{} : frame_codes(middle, m - 1), true);
    }
    return sequence;
  }

  /// Appends text, serial(frame + 1) and the frame's image tokens (`<pad>` where codes are not known yet).
  void append(TokenSequence& sequence, Texts texts, index_t frame, Codes codes, bool write) const {
    const std::vector<token_t>& text = texts.size() == 1 ? texts[0] : texts[static_cast<std::size_t>(frame)];
    const std::vector<token_t> prefix = frame_prefix(text, frame + 1);
    const index_t begin = sequence.length();
    const index_t serial_at = begin + static_cast<index_t>(text.size());
    if (!text.empty()) sequence.spans.push_back({SpanKind::text, false, begin, serial_at - begin, frame});
    sequence.spans.push_back({SpanKind::serial, false, serial_at, 1, frame});
    sequence.spans.push_back({SpanKind::image, write, serial_at + 1, tokens_per_frame_, frame});
    sequence.tokens.insert(sequence.tokens.end(), prefix.begin(), prefix.end());
    sequence.labels.resize(sequence.tokens.size(), no_label);
    for (index_t cell = 0; cell < tokens_per_frame_; ++cell) {
      const token_t token =
          codes.empty() ? vocabulary_.pad() : vocabulary_.image(codes[static_cast<std::size_t>(cell)]);
      if (write && !codes.empty()) sequence.labels.back() = token;  // the row before predicts this token
      sequence.tokens.push_back(token);
      sequence.labels.push_back(no_label);
    }
  }

  VocabularyLayout vocabulary_;
  index_t tokens_per_frame_;
};

}  // namespace flashvideo
