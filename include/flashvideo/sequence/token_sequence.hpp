// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "flashvideo/core/config.hpp"

namespace flashvideo {

/// Label of a row whose next token carries no loss.
inline constexpr token_t no_label = -1;

/// What a span of a token sequence holds.
enum class SpanKind : std::uint8_t { text, serial, image };

/// A stretch of tokens of one kind of one frame: rows [begin, begin + length). `write` marks image tokens
/// that the model writes (sampled in generation, with loss in training); all other spans are known and
/// absorbed.
struct SequenceSpan {
  SpanKind kind = SpanKind::text;  ///< what the tokens are
  bool write = false;              ///< the model writes them
  index_t begin = 0;               ///< first row of the sequence
  index_t length = 0;              ///< rows
  index_t frame = 0;  ///< display index within the segment or gap; its serial number is frame + 1

  /// Behind the last row.
  index_t end() const { return begin + length; }
  friend bool operator==(const SequenceSpan&, const SequenceSpan&) = default;
};

/// One flat sequence for the decoder: tokens (N), labels (N) and the spans that tile it in order (empty text
/// leaves no span). labels[p] is tokens[p + 1] where that is an image token to write and known, else
/// no_label. In a generation plan image tokens still to be written hold `<pad>`.
struct TokenSequence {
  std::vector<token_t> tokens;      ///< (N)
  std::vector<token_t> labels;      ///< (N)
  std::vector<SequenceSpan> spans;  ///< in order, without holes up to padding

  /// N.
  index_t length() const { return static_cast<index_t>(tokens.size()); }
};

/// One frame read back from a sequence: its serial number (from 1), text ids and image codes.
struct SequenceFrame {
  index_t serial = 0;          ///< from 1
  std::vector<token_t> text;   ///< text ids, without the layout's offset
  std::vector<token_t> codes;  ///< (tokens_per_frame)

  friend bool operator==(const SequenceFrame&, const SequenceFrame&) = default;
};

}  // namespace flashvideo
