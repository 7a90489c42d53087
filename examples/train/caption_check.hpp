// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/listed.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/io/fingerprint.hpp"
#include "flashvideo/tokenizer/text/learn_sentence_forms.hpp"
#include "flashvideo/tokenizer/text/normalized_words.hpp"
#include "flashvideo/tokenizer/text/word_tokenizer.hpp"

namespace example {

/// What the captions of a run say, found out before any work.
struct CaptionCheck {
  std::vector<std::string> words;     ///< of all captions, or of the bundle that the run starts from
  std::string fingerprint;            ///< of the captions in their order
  std::vector<std::string> notes;     ///< what people should know, a sentence each
  flashvideo::SentenceForms forms{};  ///< of the captions
};

/// Reads the captions of the first `clips` clips.
/// @param known the words of the bundle that the run starts from, named `start`; empty: those of the captions
/// @param text_length tokens that a caption should not exceed; 0: any
/// Throws format_error naming captions without a word, or without a known one, with file and line.
inline CaptionCheck check_captions(const flashvideo::AnyClipSource& source, flashvideo::index_t clips,
                                   const std::vector<std::string>& known, const std::string& start,
                                   flashvideo::index_t text_length) {
  using flashvideo::index_t;
  CaptionCheck result;
  flashvideo::Fingerprint print;
  std::map<std::string, std::string> places;  // of each caption, the first
  std::vector<std::string> captions;          // different ones, in the order of the clips
  std::set<std::string> words;
  for (index_t i = 0; i < clips; ++i) {
    const std::string caption = source.caption(i);
    print.add(caption);
    print.add(std::string("\n"));
    if (!places.contains(caption)) {
      places.emplace(caption, source.caption_place(i));
      captions.push_back(caption);
      for (std::string& word : flashvideo::normalized_words(caption)) words.insert(std::move(word));
    }
  }
  result.fingerprint = print.text();
  result.forms = flashvideo::learn_sentence_forms(captions);
  result.words = known.empty() ? std::vector<std::string>(words.begin(), words.end()) : known;

  std::vector<std::string> problems, unknown, too_long;
  for (const auto& [caption, place] : places) {
    if (flashvideo::normalized_words(caption).empty()) {
      problems.push_back(
          fmt::format("{}: the caption {} has no word", place, flashvideo::in_quotes(caption)));
    }
  }
  flashvideo::require<flashvideo::format_error>(problems.empty(), "{}", flashvideo::listed(problems));
  const flashvideo::WordTokenizer tokenizer(result.words);
  for (const auto& [caption, place] : places) {
    try {
      const flashvideo::TextEncoding text = tokenizer.encode(caption);
      for (const std::string& warning : text.warnings) unknown.push_back(place + ": " + warning);
      const auto tokens = static_cast<index_t>(text.ids.size());
      if (text_length > 0 && tokens > text_length) too_long.push_back(fmt::format("{} ({})", place, tokens));
    } catch (const flashvideo::value_error&) {
      problems.push_back(fmt::format("{}: {} knows no word of the caption {}", place, start,
                                     flashvideo::in_quotes(caption)));
    }
  }
  flashvideo::require<flashvideo::format_error>(problems.empty(), "{}", flashvideo::listed(problems));
  if (!unknown.empty()) {
    result.notes.push_back(fmt::format("words that {} does not know are spelt byte by byte: {}", start,
                                       flashvideo::listed(unknown)));
  }
  if (!too_long.empty()) {
    result.notes.push_back(
        fmt::format("captions of more than the {} tokens of text_length, which are cut: {}", text_length,
                    flashvideo::listed(too_long)));
  }
  return result;
}

}  // namespace example
