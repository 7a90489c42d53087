// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/fields.hpp"

namespace flashvideo {

/// A sentence as text ids (from 0; VocabularyLayout::text moves them into the one id space), with one
/// sentence of warning for each thing the tokenizer does not know.
struct TextEncoding {
  std::vector<token_t> ids;           ///< each in [0, vocabulary_size)
  std::vector<std::string> warnings;  ///< whole sentences, for the user
};

/// What all that turns sentences into ids and back can do.
template <typename Tokenizer>
concept TextCoder = requires(const Tokenizer tokenizer, std::string_view sentence,
                             std::span<const token_t> ids) {
  { tokenizer.encode(sentence) } -> std::same_as<TextEncoding>;
  { tokenizer.decode(ids) } -> std::same_as<std::string>;
  { tokenizer.vocabulary_size() } -> std::same_as<index_t>;
};

/// Turns sentences into text ids 0 .. vocabulary_size() - 1 and back. Immutable, so that threads may share one.
///
/// | member | |
/// |---|---|
/// | `kind` | its name in model files |
/// | `Configuration` | what a model file holds of it, named by `visit` (core/fields.hpp) |
/// | constructor | from a configuration |
/// | `encode(sentence)` | its ids, with warnings |
/// | `decode(ids)` | the sentence |
/// | `fixed_length(encoding, length)` | exactly so many ids: the end left out, with a warning, or filled up |
/// | `vocabulary_size()` | how many ids there are |
///
/// One that needs bytes too (the file of a SentencePiece model) has `model_bytes()` and is constructed from a
/// configuration and those bytes (`TextTokenizerWithBytes`).
template <typename Tokenizer>
concept TextTokenizer = TextCoder<Tokenizer> && requires {
  typename Tokenizer::Configuration;
} && std::default_initializable<typename Tokenizer::Configuration> &&
    requires(const Tokenizer tokenizer, TextEncoding encoding, index_t length,
             typename Tokenizer::Configuration& stored, Fields& fields) {
  { Tokenizer::kind } -> std::convertible_to<std::string>;
  {stored.visit(fields)};
  { tokenizer.fixed_length(encoding, length) } -> std::same_as<TextEncoding>;
} &&(std::constructible_from<Tokenizer, const typename Tokenizer::Configuration&> ||
     std::constructible_from<Tokenizer, const typename Tokenizer::Configuration&, std::string_view>);

/// A text tokenizer that a file of its own belongs to.
template <typename Tokenizer>
concept TextTokenizerWithBytes = TextTokenizer<Tokenizer> &&
    std::constructible_from<Tokenizer, const typename Tokenizer::Configuration&, std::string_view> &&
    requires(const Tokenizer tokenizer) {
  { tokenizer.model_bytes() } -> std::convertible_to<std::string_view>;
};

}  // namespace flashvideo
