// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/config.hpp"

namespace flashvideo {

/// A sentence as text ids (from 0; VocabularyLayout::text moves them into the one id space), with one
/// sentence of warning for each thing the tokenizer does not know.
struct TextEncoding {
  std::vector<token_t> ids;           ///< each in [0, vocabulary_size)
  std::vector<std::string> warnings;  ///< whole sentences, for the user
};

/// Turns sentences into text ids 0 .. vocabulary_size() - 1 and back. A tokenizer is immutable, so that
/// threads may share it.
template <typename Tokenizer>
concept TextTokenizer = requires(const Tokenizer tokenizer, std::string_view sentence,
                                 std::span<const token_t> ids) {
  { tokenizer.encode(sentence) } -> std::same_as<TextEncoding>;
  { tokenizer.decode(ids) } -> std::same_as<std::string>;
  { tokenizer.vocabulary_size() } -> std::same_as<index_t>;
};

}  // namespace flashvideo
